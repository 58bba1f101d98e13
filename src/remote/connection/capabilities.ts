import { aborted } from '../../aborts.ts';
import { Serial } from '../../concurrency.ts';
import type { AbortOptions } from '../../options.ts';

/** How the referrers in a repository are found: with the referrers API, or under the referrers tag. */
export type ReferrersSupport = 'api' | 'tag';

/** What was found out about a repository by using it. All connections of a client to the repository share it. */
export class Capabilities {
  /** How referrers are found; undefined until it is known. */
  referrers: ReferrersSupport | undefined;
  /** Whether it takes several tags with a manifest; undefined until it is known. */
  takesTags: boolean | undefined;
  readonly #asking = new Serial();

  /** The capabilities of a repository; `referrers` if it need not be found out. */
  constructor(referrers?: ReferrersSupport) {
    this.referrers = referrers;
  }

  /**
   * Runs `ask`, which sets `referrers`, unless that is known: it then returns undefined. Parallel calls wait for the
   * first; if that fails, the next one asks.
   */
  async whenUnknown<T>(ask: () => Promise<T>, { signal }: AbortOptions): Promise<T | undefined> {
    if (this.referrers) return undefined;
    const asking = this.#asking.run(async () => {
      signal?.throwIfAborted();
      return this.referrers ? undefined : ask();
    });
    return aborted(asking, signal);
  }
}
