import type { AbortOptions } from '../../options.ts';
import type { Credential } from '../../remote/auth/credentials.ts';
import type { CredentialStore, StoreCredentialOptions } from './docker-credentials.ts';

/** What {@link login} asks whether a credential is good. */
export interface LoginRegistry {
  /**
   * Asks the registry of a host for its base endpoint, with this credential and no other; fails as the registry
   * refuses it.
   */
  ping(host: string, credential: Credential, options?: AbortOptions): Promise<void>;
}

/**
 * Keeps a credential that the registry takes: it is asked first, and nothing is stored when it refuses or cannot be
 * reached. The way out is {@link logout}.
 *
 * @throws UnauthorizedError when the registry refuses the credential, or as `ping` and `store` else fail
 */
export async function login(
  registry: LoginRegistry,
  host: string,
  credential: Credential,
  store: CredentialStore,
  options: StoreCredentialOptions = {},
): Promise<void> {
  await registry.ping(host, credential, { signal: options.signal });
  await store.store(host, credential, options);
}
