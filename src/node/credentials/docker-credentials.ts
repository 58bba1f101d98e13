import type { AbortOptions, WarningOptions } from '../../options.ts';
import type { Credential } from '../../remote/auth/credentials.ts';
import { eraseCredential, storeCredential } from './changes.ts';
import { nameFor } from './keys.ts';
import { CredentialLookup } from './lookup.ts';
import { CredentialPlaces } from './places.ts';

/** Options of {@link dockerCredentials}; `onWarning` is told of places, entries and helpers that cannot be used. */
export interface DockerCredentialsOptions extends WarningOptions {
  /** Path of the one file to use, as docker's `config.json`. Default: the places that docker and podman use. */
  config?: string | undefined;
  /** The variables that say where the files are; helpers run with them. Default: `process.env`, as it then is. */
  environment?: Readonly<Record<string, string | undefined>> | undefined;
  /** How long a credential helper may take, in milliseconds; it may have to ask its user. Default one minute. */
  helperTimeout?: number | undefined;
}

/** Options of {@link CredentialStore.store}. */
export interface StoreCredentialOptions extends AbortOptions {
  /**
   * Stores in the file, where base64 is all that hides a password, when no credential helper is configured. Default
   * true, as docker does; false makes that an error.
   */
  plaintext?: boolean | undefined;
}

/**
 * Credentials that are kept outside the program. It is a {@link CredentialSource}; asked for requests, it looks for the
 * repository the scopes name, and remembers a helper's answer for half a minute.
 */
export interface CredentialStore {
  /**
   * The credential for a host and the token scopes that are needed.
   *
   * @throws CredentialsError when there is none, and a place that may have it cannot be used. A {@link Registry} then asks
   *   without a credential, and fails with this error when it is refused
   */
  (host: string, scopes?: readonly string[]): Promise<Credential | undefined>;
  /**
   * The credential for `host`, `host/namespace` or `host/namespace/repository`, undefined when there is none. A path
   * without credentials of its own has those of its parents.
   *
   * @throws CredentialsError when no place has one, and an entry for it cannot be read or the helper in charge of it fails
   */
  get(name: string, options?: AbortOptions): Promise<Credential | undefined>;
  /**
   * Keeps a credential for `host` or, without a helper, `host/namespace`. It replaces the one that is there.
   *
   * @throws InvalidReferenceError when the name breaks the grammar
   * @throws CredentialsError when the user name is empty or has a colon, the file cannot be written, or the helper fails
   * @throws UnsupportedError when the helper cannot keep it, or it would be in plain text and must not
   */
  store(name: string, credential: Credential, options?: StoreCredentialOptions): Promise<void>;
  /**
   * Forgets the credential for exactly this name. It is gone from where `store` would keep it, helper and file; other
   * files and the environment stay as they are.
   *
   * @returns whether there was one; true also where a helper cannot say
   * @throws CredentialsError when the file cannot be written, or the helper fails
   */
  erase(name: string, options?: AbortOptions): Promise<boolean>;
}

/**
 * The credentials that docker and podman keep: what `docker login` and `podman login` stored, and what stores here
 * serves them. Nothing is read before it is needed, and a file again only when it has changed.
 *
 * The places, the first that has a credential wins: the variable `DOCKER_AUTH_CONFIG`;
 * `$DOCKER_CONFIG/config.json` or `~/.docker/config.json`; podman's `$XDG_RUNTIME_DIR/containers/auth.json` (without
 * the variable `/run/containers/<uid>/auth.json`, and outside Linux `~/.config/containers/auth.json`);
 * `$XDG_CONFIG_HOME/containers/auth.json` or `~/.config/containers/auth.json`; `~/.dockercfg`. With
 * `REGISTRY_AUTH_FILE` that file stands for all of these files. With the option `config` nothing else is asked.
 * Within a file: the registry's own helper in `credHelpers`, or else the `credsStore`, or else `auths`; of the variable,
 * the `auths`.
 *
 * A place, an entry or a helper that cannot be used is a warning, and the next place is asked. It may have another account:
 * the warning says when its credential is used instead.
 *
 * It writes to the first of the files, through its helper if it has one.
 *
 * @example
 * import { Registry } from 'oras-js';
 * import { dockerCredentials } from 'oras-js/node';
 *
 * const registry = new Registry({ credentials: dockerCredentials({ config: './config.json' }) });
 */
export function dockerCredentials(options: DockerCredentialsOptions = {}): CredentialStore {
  const places = new CredentialPlaces(options.config, options.environment, options.helperTimeout ?? 60_000);
  const lookup = new CredentialLookup(places, options);
  return Object.assign((host: string, scopes: readonly string[] = []) => lookup.answer(nameFor(host, scopes)), {
    get: (name: string, { signal }: AbortOptions = {}) => lookup.get(name, signal),
    store: (name: string, credential: Credential, settings: StoreCredentialOptions = {}) =>
      storeCredential(places, name, credential, settings).finally(() => lookup.forget()),
    erase: (name: string, settings: AbortOptions = {}) =>
      eraseCredential(places, name, settings).finally(() => lookup.forget()),
  });
}
