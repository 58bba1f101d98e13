import { homedir } from 'node:os';
import { CredentialsError } from '../../errors.ts';
import { nameOf } from '../system/system-errors.ts';
import { type CredentialConfig, parseConfig } from './config.ts';
import { ConfigFiles } from './config-file.ts';
import type { HelperSettings } from './helper.ts';
import { allowed, type Environment, type Location, locationsOf } from './locations.ts';

const variable = 'DOCKER_AUTH_CONFIG';

/** The places of one store, found again for each lookup: environment variables may change at run time. */
export class CredentialPlaces {
  readonly #config: string | undefined;
  readonly #environment: Environment | undefined;
  readonly #helperTimeout: number;
  readonly #files = new ConfigFiles();

  /** Default `environment`: that of the process. The timeout is in milliseconds. */
  constructor(config: string | undefined, environment: Environment | undefined, helperTimeout: number) {
    this.#config = config;
    this.#environment = environment;
    this.#helperTimeout = helperTimeout;
  }

  /** How to run helpers. */
  get helperSettings(): HelperSettings {
    return { environment: this.#variables, timeout: this.#helperTimeout };
  }

  /** The path of the file to write.
   *
   * @throws CredentialsError when it cannot be determined
   */
  get written(): string {
    return this.#first.path;
  }

  /**
   * The current content of the file to write; undefined when it does not exist.
   *
   * @throws CredentialsError when it cannot be read
   */
  readWritten(): Promise<CredentialConfig | undefined> {
    return this.#files.read(this.#first);
  }

  /**
   * The configuration of each place, in order of precedence, undefined for a place that does not exist. Places are read
   * lazily; a place that cannot be read rejects with a CredentialsError.
   */
  *configs(): Generator<Promise<CredentialConfig | undefined>, void, void> {
    if (this.#config === undefined) yield this.#readVariable();
    for (const location of this.#locations) yield this.#files.read(location);
  }

  async #readVariable(): Promise<CredentialConfig | undefined> {
    let text: string | undefined;
    try {
      text = this.#variables[variable];
    } catch (cause) {
      // Deno may ask the user for a permission.
      throw new CredentialsError(`Cannot read the variable ${variable}: ${nameOf(cause)}`, variable, { cause });
    }
    return text ? parseConfig(text, variable, 'variable') : undefined;
  }

  get #variables(): Environment {
    return this.#environment ?? process.env;
  }

  get #first(): Location {
    const [first] = this.#locations;
    if (first) return first;
    throw new CredentialsError('Cannot tell where credentials are kept: set HOME or DOCKER_CONFIG', 'HOME');
  }

  get #locations(): Location[] {
    const machine = { platform: process.platform, uid: allowed(() => process.getuid?.()), home: homedir };
    return locationsOf(this.#config, this.#variables, machine);
  }
}
