import type { AbortOptions } from '../../options.ts';
import type { Credential } from '../../remote/auth/credentials.ts';
import type { CredentialStore, StoreCredentialOptions } from './docker-credentials.ts';

/** The part of {@link Registry} that {@link login} needs to check a credential. */
export interface LoginRegistry {
  /**
   * Checks a credential at the base endpoint of a host, with this credential and no other; rejects when the registry
   * rejects it.
   */
  ping(host: string, credential: Credential, options?: AbortOptions): Promise<void>;
}

/**
 * Stores a credential after the registry accepted it: when the registry rejects it or cannot be reached, nothing is
 * stored. The reverse is {@link logout}.
 *
 * @throws UnauthorizedError when the registry rejects the credential; other errors of `ping` and `store`
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
