import { homedir } from 'node:os';
import { CredentialsError } from '../../errors.ts';
import { nameOf } from '../system/system-errors.ts';
import { type CredentialConfig, parseConfig } from './config.ts';
import { ConfigFiles } from './config-file.ts';
import type { HelperSettings } from './helper.ts';
import { allowed, type Environment, type Location, locationsOf } from './locations.ts';

const variable = 'DOCKER_AUTH_CONFIG';

/** The places one store looks in, found anew each time: variables may change while a program runs. */
export class CredentialPlaces {
  readonly #config: string | undefined;
  readonly #environment: Environment | undefined;
  readonly #helperTimeout: number;
  readonly #files = new ConfigFiles();

  /** Without `environment` it is that of the process; the timeout is in milliseconds. */
  constructor(config: string | undefined, environment: Environment | undefined, helperTimeout: number) {
    this.#config = config;
    this.#environment = environment;
    this.#helperTimeout = helperTimeout;
  }

  /** How helpers are run. */
  get helperSettings(): HelperSettings {
    return { environment: this.#variables, timeout: this.#helperTimeout };
  }

  /** The path of the file that is written.
   *
   * @throws CredentialsError when no place for it is known
   */
  get written(): string {
    return this.#first.path;
  }

  /**
   * What the file that is written says now; undefined when it is not there.
   *
   * @throws CredentialsError when it cannot be read
   */
  readWritten(): Promise<CredentialConfig | undefined> {
    return this.#files.read(this.#first);
  }

  /**
   * What each place says, the first to ask first, or undefined where nothing is; a place is read when it is its turn, and
   * rejects with a CredentialsError when it cannot be read.
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
      // Deno asks for a permission.
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
