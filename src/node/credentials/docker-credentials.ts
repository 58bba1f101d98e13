import type { AbortOptions, WarningOptions } from '../../options.ts';
import type { Credential } from '../../remote/auth/credentials.ts';
import { eraseCredential, storeCredential } from './changes.ts';
import { nameFor } from './keys.ts';
import { CredentialLookup } from './lookup.ts';
import { CredentialPlaces } from './places.ts';

/** Options of {@link dockerCredentials}; `onWarning` is called for places, entries and helpers that cannot be used. */
export interface DockerCredentialsOptions extends WarningOptions {
  /**
   * Path of the only file to use, in the format of docker's `config.json`. Default: the places of docker and podman.
   */
  config?: string | undefined;
  /** Environment variables, to find the files and to run helpers with. Default: the current `process.env`. */
  environment?: Readonly<Record<string, string | undefined>> | undefined;
  /** Timeout of a credential helper in milliseconds; a helper may have to ask its user. Default one minute. */
  helperTimeout?: number | undefined;
}

/** Options of {@link CredentialStore.store}. */
export interface StoreCredentialOptions extends AbortOptions {
  /**
   * Allows plain text: without a credential helper, the credential is stored in the file, encoded in base64 only.
   * Default true, as docker does; false makes that an error.
   */
  plaintext?: boolean | undefined;
}

/**
 * A store of credentials outside of the program. It is a {@link CredentialSource}: for requests, it looks up the
 * repository of the scopes, and caches a helper's answer for half a minute.
 */
export interface CredentialStore {
  /**
   * The credential for a host and the token scopes that are needed.
   *
   * @throws CredentialsError when there is no credential, and a place that may have it cannot be used. A
   *   {@link Registry} then sends the request anonymously, and throws this error if it is rejected
   */
  (host: string, scopes?: readonly string[]): Promise<Credential | undefined>;
  /**
   * The credential for `host`, `host/namespace` or `host/namespace/repository`, undefined when there is none. A path
   * without its own credential uses that of its parents.
   *
   * @throws CredentialsError when there is no credential, and an entry for it cannot be read or its helper fails
   */
  get(name: string, options?: AbortOptions): Promise<Credential | undefined>;
  /**
   * Stores a credential for `host` or, without a helper, `host/namespace`. Replaces an existing one.
   *
   * @throws InvalidReferenceError when the name breaks the grammar
   * @throws CredentialsError when the user name is empty or has a colon, the file cannot be written, or the helper
   *   fails
   * @throws UnsupportedError when the helper cannot store it, or when `plaintext` is false and it would be stored in
   *   plain text
   */
  store(name: string, credential: Credential, options?: StoreCredentialOptions): Promise<void>;
  /**
   * Removes the credential for exactly this name from the place that `store` writes to, helper and file. Other files
   * and the environment are not changed.
   *
   * @returns whether there was one; also true when a helper cannot tell
   * @throws CredentialsError when the file cannot be written, or the helper fails
   */
  erase(name: string, options?: AbortOptions): Promise<boolean>;
}

/**
 * The credentials that docker and podman store: those of `docker login` and `podman login`, and those that this store
 * keeps for them. Files are read when first needed, and again only after a change.
 *
 * The places, in order; the first one with a credential is used: the variable `DOCKER_AUTH_CONFIG`;
 * `$DOCKER_CONFIG/config.json` or `~/.docker/config.json`; podman's `$XDG_RUNTIME_DIR/containers/auth.json` (without
 * the variable `/run/containers/<uid>/auth.json`, and outside Linux `~/.config/containers/auth.json`);
 * `$XDG_CONFIG_HOME/containers/auth.json` or `~/.config/containers/auth.json`; `~/.dockercfg`. `REGISTRY_AUTH_FILE`
 * replaces all of these files; the option `config` replaces all of these places. Within a file, the registry's own
 * helper in `credHelpers` is used, or else the `credsStore`, or else `auths`; from the variable, only `auths`.
 *
 * A place, entry or helper that cannot be used is skipped with a warning. The next place may have another account: the
 * warning names the place that was used instead.
 *
 * Credentials are written to the first of the files, or to its helper if it has one.
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
