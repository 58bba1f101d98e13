import type { Credential } from '../../remote/credentials.ts';
import { findEntry, type HelperUse, helperFor } from './config.ts';
import { getFromHelper } from './helper.ts';
import { keysOf } from './keys.ts';
import type { CredentialPlaces } from './places.ts';

/** How long a helper's answer is good for those who ask with every request, in milliseconds. */
const rememberedFor = 30_000;

interface Answer {
  until: number;
  credential: Promise<Credential | undefined>;
}

/** Finds credentials in places. */
export class CredentialLookup {
  readonly #places: CredentialPlaces;
  readonly #answers = new Map<string, Answer>();

  /** A lookup that remembers nothing yet. */
  constructor(places: CredentialPlaces) {
    this.#places = places;
  }

  /** The credential for a name, with a helper asked now.
   *
   * @throws CredentialsError when a place cannot be read, or a helper fails
   */
  async get(name: string, signal: AbortSignal | undefined): Promise<Credential | undefined> {
    signal?.throwIfAborted();
    return this.#find(name, (helper) => getFromHelper(helper, this.#places.helperSettings, { signal }));
  }

  /** The credential for a name, with a helper's answer that may be half a minute old.
   *
   * @throws CredentialsError when a place cannot be read, or a helper fails
   */
  answer(name: string): Promise<Credential | undefined> {
    return this.#find(name, (helper) => this.#remembered(helper));
  }

  /** Forgets what helpers have answered. */
  forget(): void {
    this.#answers.clear();
  }

  /** A place that fails ends the search: another's credential could be one that is not meant for this host. */
  async #find(
    name: string,
    ask: (helper: HelperUse) => Promise<Credential | undefined>,
  ): Promise<Credential | undefined> {
    const keys = keysOf(name);
    for await (const config of this.#places.configs()) {
      const helper = helperFor(config, keys);
      const found = helper ? await ask(helper) : findEntry(config, keys);
      if (found) return found;
    }
    return undefined;
  }

  /** One question for each registry, however many wait for it; a failure is not remembered. */
  #remembered(helper: HelperUse): Promise<Credential | undefined> {
    const key = `${helper.name} ${helper.server}`;
    const known = this.#answers.get(key);
    if (known && known.until > Date.now()) return known.credential;
    const credential = getFromHelper(helper, this.#places.helperSettings);
    const answer = { until: Date.now() + rememberedFor, credential };
    this.#answers.set(key, answer);
    credential.catch(() => {
      if (this.#answers.get(key) === answer) this.#answers.delete(key);
    });
    return credential;
  }
}
