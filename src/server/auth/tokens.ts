import { randomHex } from '../../bytes/random.ts';

/** Anybody can ask for tokens, so that many are kept at most; who holds a forgotten one gets a new one. */
const mostTokens = 4096;

/** Tokens and what they stand for, for as long as they last: random values that mean nothing by themselves. */
export class Tokens<T> {
  readonly #lifetime: number;
  readonly #now: () => number;
  /** In the order they were made, and so in that of their ends. */
  readonly #tokens = new Map<string, { value: T; expires: number }>();

  /** Tokens that last for `lifetime` milliseconds of the clock `now`. */
  constructor(lifetime: number, now: () => number) {
    this.#lifetime = lifetime;
    this.#now = now;
  }

  /** A new token that stands for `value`. */
  issue(value: T): string {
    for (const [token, { expires }] of this.#tokens) {
      if (expires > this.#now() && this.#tokens.size < mostTokens) break;
      this.#tokens.delete(token);
    }
    const token = randomHex(32);
    this.#tokens.set(token, { value, expires: this.#now() + this.#lifetime });
    return token;
  }

  /** What a token stands for; undefined when it was never issued, or has expired. */
  find(token: string): T | undefined {
    const found = this.#tokens.get(token);
    return found && found.expires > this.#now() ? found.value : undefined;
  }
}
