import { CredentialsError, isOrasError } from '../../errors.ts';
import type { WarningOptions } from '../../options.ts';
import type { Credential } from '../../remote/auth/credentials.ts';
import { Warnings } from '../../remote/http/warnings.ts';
import { type CredentialConfig, findEntry, type HelperUse, helperFor } from './config.ts';
import { getFromHelper } from './helper.ts';
import { type CredentialKeys, keysOf } from './keys.ts';
import type { CredentialPlaces } from './places.ts';

/** How long a helper's answer is good for those who ask with every request, in milliseconds. */
const rememberedFor = 30_000;

interface Answer {
  until: number;
  credential: Promise<Credential | undefined>;
}

type AskHelper = (helper: HelperUse) => Promise<Credential | undefined>;

/** Why a place gave no credential. */
interface Problem {
  /** The registry whose entry or helper it is about; empty when nothing of the place can be read. */
  host: string;
  error: CredentialsError;
}

/** What all places came to. */
interface Search {
  credential: Credential | undefined;
  /** In the order of the places. */
  problems: readonly Problem[];
}

/** Finds credentials in places. One that cannot be used is a warning, and the next is asked. */
export class CredentialLookup {
  readonly #places: CredentialPlaces;
  readonly #warnings: Warnings;
  readonly #answers = new Map<string, Answer>();

  /** A lookup that remembers nothing yet. */
  constructor(places: CredentialPlaces, { onWarning = () => {} }: WarningOptions = {}) {
    this.#places = places;
    this.#warnings = new Warnings(onWarning);
  }

  /** The credential for a name, with a helper asked now.
   *
   * @throws CredentialsError when there is none but an entry or a helper for it that cannot be used
   */
  async get(name: string, signal: AbortSignal | undefined): Promise<Credential | undefined> {
    signal?.throwIfAborted();
    const ask: AskHelper = (helper) => getFromHelper(helper, this.#places.helperSettings, { signal });
    const { credential, problems } = await this.#search(name, ask);
    const own = problems.find(({ host }) => host !== '');
    if (!credential && own) throw own.error;
    return credential;
  }

  /** The credential for a name, with a helper's answer that may be half a minute old.
   *
   * @throws CredentialsError when there is none, and a place could not be used that may have it
   */
  async answer(name: string): Promise<Credential | undefined> {
    const { credential, problems } = await this.#search(name, (helper) => this.#remembered(helper));
    const problem = problems.find(({ host }) => host !== '') ?? problems[0];
    if (!credential && problem) throw problem.error;
    return credential;
  }

  /** Forgets what helpers have answered. */
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

  /** Another place may have the credentials of somebody else, so it is said when they stand in. */
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

  /** Only entries: a variable must not start programs. */
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

  /** One question for each registry, however many wait for it. A failure is remembered too: it may have taken long. */
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
