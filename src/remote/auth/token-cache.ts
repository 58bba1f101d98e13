import { aborted } from '../../aborts.ts';
import type { Credential } from './credentials.ts';
import type { Token } from './tokens.ts';

interface Entry {
  credential: string;
  token: Promise<Token>;
  /** The token once it is there, to be asked without waiting. */
  arrived?: Token;
  /** How many wait for it. */
  waiting: number;
  /** Ends the request for it. */
  stop: AbortController;
}

/** The tokens of one registry by scopes and credential: fetched once however many ask, and again when they expire. */
export class TokenCache {
  readonly #entries = new Map<string, Entry>();

  /**
   * The token for scopes and a credential. An abort ends only the caller's own waiting, and the request for the token
   * when nobody else waits; a failure is told to all who waited, and not kept.
   */
  async get(
    scopes: readonly string[],
    credential: Credential | undefined,
    fetch: (signal: AbortSignal) => Promise<Token>,
    signal?: AbortSignal | null,
  ): Promise<string> {
    const key = scopes.join(' ');
    const identity = JSON.stringify(credential ?? null);
    let entry = this.#entries.get(key);
    if (entry?.credential !== identity || (entry.arrived && entry.arrived.expires <= Date.now())) {
      const stop = new AbortController();
      entry = { credential: identity, token: fetch(stop.signal), waiting: 0, stop };
      this.#keep(key, entry);
    }
    entry.waiting++;
    try {
      return (await aborted(entry.token, signal)).value;
    } finally {
      if (--entry.waiting === 0 && !entry.arrived) {
        entry.stop.abort();
        this.#forget(key, entry);
      }
    }
  }

  /** Forgets a token that was refused, unless another took its place already. */
  drop(value: string): void {
    for (const [key, { arrived }] of this.#entries) if (arrived?.value === value) this.#entries.delete(key);
  }

  #keep(key: string, entry: Entry): void {
    this.#entries.set(key, entry);
    entry.token.then(
      (token) => {
        entry.arrived = token;
      },
      () => this.#forget(key, entry),
    );
  }

  #forget(key: string, entry: Entry): void {
    if (this.#entries.get(key) === entry) this.#entries.delete(key);
  }
}
