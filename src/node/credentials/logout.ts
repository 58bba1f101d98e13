import type { AbortOptions } from '../../options.ts';
import { type CredentialStore, dockerCredentials } from './docker-credentials.ts';

/** Options of {@link logout}. */
export interface LogoutOptions extends AbortOptions {
  /** Where the credential is, as it was given to `login`. Default: where docker keeps it. */
  store?: CredentialStore | undefined;
}

/**
 * Forgets the credential of a registry where `login` keeps it: its helper, and the entry in the file, also under old keys
 * such as `https://ghcr.io/v1/`. All else in the file stays. No registry is asked: tokens that it gave end by themselves.
 *
 * @returns whether there was a credential; true also where a helper cannot say
 * @throws CredentialsError when the file cannot be written, or the helper fails; what was in the file is gone then
 *
 * @example
 * import { logout } from 'oras-js/node';
 *
 * const wasLoggedIn = await logout('ghcr.io');
 */
export function logout(host: string, options: LogoutOptions = {}): Promise<boolean> {
  const { store = dockerCredentials(), signal } = options;
  return store.erase(host, { signal });
}
