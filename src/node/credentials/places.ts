import { type CredentialConfig, parseConfig } from './config.ts';
import { ConfigFiles } from './config-file.ts';
import type { HelperSettings } from './helper.ts';
import { type Environment, type Location, locationsOf } from './locations.ts';

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

  /** The path of the file that is written. */
  get written(): string {
    return this.#locations[0].path;
  }

  /**
   * What the file that is written says now; undefined when it is not there.
   *
   * @throws CredentialsError when it cannot be read
   */
  readWritten(): Promise<CredentialConfig | undefined> {
    return this.#files.read(this.#locations[0]);
  }

  /**
   * What each place says, the first to ask first; a place is read when it is its turn.
   *
   * @throws CredentialsError when one cannot be read
   */
  async *configs(): AsyncGenerator<CredentialConfig, void, void> {
    const text = this.#variables[variable];
    if (text && this.#config === undefined) yield parseConfig(text, variable, 'variable');
    for (const location of this.#locations) {
      const config = await this.#files.read(location);
      if (config) yield config;
    }
  }

  get #variables(): Environment {
    return this.#environment ?? process.env;
  }

  get #locations(): [Location, ...Location[]] {
    const machine = { platform: process.platform, uid: process.getuid?.() };
    return locationsOf(this.#config, this.#variables, machine);
  }
}
