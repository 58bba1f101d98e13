import { randomHex } from '../../bytes/random.ts';

/** Maximum number of tokens, because anyone can request them. A client whose token was dropped requests a new one. */
const mostTokens = 4096;

/** A store of opaque random tokens and what they grant, until they expire. */
export class Tokens<T> {
  readonly #lifetime: number;
  readonly #now: () => number;
  /** In the order of creation, which is that of expiry. */
  readonly #tokens = new Map<string, { value: T; expires: number }>();

  /** Tokens with a lifetime in milliseconds of the clock `now`. */
  constructor(lifetime: number, now: () => number) {
    this.#lifetime = lifetime;
    this.#now = now;
  }

  /** Issues a token that grants `value`. */
  issue(value: T): string {
    for (const [token, { expires }] of this.#tokens) {
      if (expires > this.#now() && this.#tokens.size < mostTokens) break;
      this.#tokens.delete(token);
    }
    const token = randomHex(32);
    this.#tokens.set(token, { value, expires: this.#now() + this.#lifetime });
    return token;
  }

  /** What a token grants; undefined when it was never issued, or has expired. */
  find(token: string): T | undefined {
    const found = this.#tokens.get(token);
    return found && found.expires > this.#now() ? found.value : undefined;
  }
}
