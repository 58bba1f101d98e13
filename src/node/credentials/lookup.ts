import { CredentialsError, isOrasError } from '../../errors.ts';
import type { WarningOptions } from '../../options.ts';
import type { Credential } from '../../remote/auth/credentials.ts';
import { Warnings } from '../../remote/http/warnings.ts';
import { type CredentialConfig, findEntry, type HelperUse, helperFor } from './config.ts';
import { getFromHelper } from './helper.ts';
import { type CredentialKeys, keysOf } from './keys.ts';
import type { CredentialPlaces } from './places.ts';

/** How long a helper's answer is cached for requests, in milliseconds. */
const rememberedFor = 30_000;

interface Answer {
  until: number;
  credential: Promise<Credential | undefined>;
}

type AskHelper = (helper: HelperUse) => Promise<Credential | undefined>;

/** Why a place has no usable credential. */
interface Problem {
  /** The registry whose entry or helper has the problem; empty when the whole place cannot be read. */
  host: string;
  error: CredentialsError;
}

/** The result of looking in all places. */
interface Search {
  credential: Credential | undefined;
  /** The problems, in the order of the places. */
  problems: readonly Problem[];
}

/** Looks credentials up in all places, in order. A place that cannot be used is skipped with a warning. */
export class CredentialLookup {
  readonly #places: CredentialPlaces;
  readonly #warnings: Warnings;
  readonly #answers = new Map<string, Answer>();

  /** A lookup with an empty cache. */
  constructor(places: CredentialPlaces, { onWarning = () => {} }: WarningOptions = {}) {
    this.#places = places;
    this.#warnings = new Warnings(onWarning);
  }

  /** The credential for a name; helpers are asked again, without the cache.
   *
   * @throws CredentialsError when there is no credential, and an entry or a helper for the name cannot be used
   */
  async get(name: string, signal: AbortSignal | undefined): Promise<Credential | undefined> {
    signal?.throwIfAborted();
    const ask: AskHelper = (helper) => getFromHelper(helper, this.#places.helperSettings, { signal });
    const { credential, problems } = await this.#search(name, ask);
    const own = problems.find(({ host }) => host !== '');
    if (!credential && own) throw own.error;
    return credential;
  }

  /** The credential for a name; a helper's answer may come from the cache, half a minute old at most.
   *
   * @throws CredentialsError when there is no credential, and a place that may have it cannot be used
   */
  async answer(name: string): Promise<Credential | undefined> {
    const { credential, problems } = await this.#search(name, (helper) => this.#remembered(helper));
    const problem = problems.find(({ host }) => host !== '') ?? problems[0];
    if (!credential && problem) throw problem.error;
    return credential;
  }

  /** Clears the cache of helpers' answers. */
  forget(): void {
    this.#answers.clear();
  }

  async #search(name: string, ask: AskHelper): Promise<Search> {
    const keys = keysOf(name);
    const problems: Problem[] = [];
    for (const reading of this.#places.configs()) {
      let host = '';
      try {
        const config = await reading;
        host = keys.hosts[0] ?? name;
        const credential = config && (await this.#credentialIn(config, keys, ask));
        if (!credential) continue;
        await this.#warn(problems, config.place);
        return { credential, problems };
      } catch (error) {
        if (!isOrasError(error, 'CREDENTIALS')) throw error;
        problems.push({ host, error });
      }
    }
    await this.#warn(problems);
    return { credential: undefined, problems };
  }

  /** Warns which place was skipped, and which one was used instead: it may have the credential of another account. */
  async #warn(problems: readonly Problem[], used?: string): Promise<void> {
    for (const { host, error } of problems) {
      const instead = host && used ? `; those in ${used} are used instead` : '';
      await this.#warnings.tell({ host, text: error.message + instead });
    }
  }

  async #credentialIn(config: CredentialConfig, keys: CredentialKeys, ask: AskHelper): Promise<Credential | undefined> {
    if (config.format === 'variable') return this.#credentialOfVariable(config, keys);
    const helper = helperFor(config, keys);
    return helper ? ask(helper) : findEntry(config, keys);
  }

  /** Only `auths`: an environment variable must not start programs. */
  async #credentialOfVariable(config: CredentialConfig, keys: CredentialKeys): Promise<Credential | undefined> {
    const { content, place } = config;
    if (Object.keys(content).some((field) => field !== 'auths')) {
      const text = `Only the auths of ${place} are used, not its credHelpers, credsStore or other fields`;
      await this.#warnings.tell({ host: '', text });
    }
    const found = findEntry(config, keys);
    if (found || !helperFor(config, keys)) return found;
    const [host] = keys.servers;
    throw new CredentialsError(
      `Cannot get the credentials of ${host} from ${place}: it names a credential helper, which no variable may start`,
      place,
    );
  }

  /**
   * Asks a helper once per registry for all concurrent callers. Failures are cached too, as they may have taken long.
   */
  #remembered(helper: HelperUse): Promise<Credential | undefined> {
    const key = `${helper.name} ${helper.server}`;
    const known = this.#answers.get(key);
    if (known && known.until > Date.now()) return known.credential;
    const credential = getFromHelper(helper, this.#places.helperSettings);
    const answer = { until: Number.POSITIVE_INFINITY, credential };
    this.#answers.set(key, answer);
    const settle = (): void => {
      answer.until = Date.now() + rememberedFor;
    };
    credential.then(settle, settle);
    return credential;
  }
}
