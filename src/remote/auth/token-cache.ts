import { aborted } from '../../aborts.ts';
import type { Credential } from './credentials.ts';
import type { Token } from './tokens.ts';

interface Entry {
  credential: string;
  token: Promise<Token>;
  /** The token once it has arrived, to check its expiry without waiting. */
  arrived?: Token;
  /** Number of callers that wait for it. */
  waiting: number;
  /** Aborts the request for it. */
  stop: AbortController;
}

/**
 * The token cache of one registry, keyed by scopes and credential. Parallel callers share one token request; expired
 * tokens are fetched again.
 */
export class TokenCache {
  readonly #entries = new Map<string, Entry>();

  /**
   * The token for scopes and a credential. An abort ends only the caller's own wait; the token request is aborted when
   * no other caller waits for it. A failure goes to all waiting callers and is not cached.
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

  /** Removes a token that was refused, unless it was already replaced. */
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
