import type { AbortOptions } from '../../options.ts';
import { type CredentialStore, dockerCredentials } from './docker-credentials.ts';

/** Options of {@link logout}. */
export interface LogoutOptions extends AbortOptions {
  /** The store with the credential, as given to `login`. Default: docker's files and helper. */
  store?: CredentialStore | undefined;
}

/**
 * Removes the credential of a registry that `login` stored: from its helper, and from the file, including URL keys such
 * as `https://ghcr.io/v1/`. The rest of the file is kept. The registry is not contacted: its tokens expire on their
 * own.
 *
 * @returns whether there was a credential; also true when a helper cannot tell
 * @throws CredentialsError when the file cannot be written, or the helper fails after the file was changed
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
