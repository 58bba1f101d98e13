import { isPrivateHost } from './address.ts';

/**
 * What a registry may lead its clients to besides itself. By default as little as real registries need; each rule can
 * be opened for a setup that it breaks.
 */
export interface TrustOptions {
  /**
   * Origins of token services that may get the registry's credentials, as in `https://auth.example.com`; a listed one
   * may also be http, or in a private network. Default: the registry's own host, and what {@link HostRules} knows.
   */
  realms?: readonly string[] | undefined;
  /**
   * Origins besides the registry's own that content may be uploaded to, or `any`. They never get credentials.
   * Default: `any`, as the specification allows it; but never http from https.
   */
  uploads?: 'any' | readonly string[] | undefined;
  /** Origins besides the registry's own that the next page of a list may be on. They never get credentials. Default: none. */
  pages?: readonly string[] | undefined;
}

/**
 * Why a token service must not be asked; undefined when it may be. `origin` is the registry's, `known` are the origins
 * that belong to it, and `hasCredential` says whether it would get one.
 */
export function realmProblem(
  realm: string,
  origin: string,
  known: readonly string[],
  hasCredential: boolean,
): string | undefined {
  const from = new URL(origin);
  if (!/^https?:\/\//i.test(realm) || !URL.canParse(realm)) return 'its realm is no http or https address';
  const url = new URL(realm);
  if (url.username || url.password) return 'its realm has credentials in it';
  if (known.includes(url.origin)) return undefined;
  if (url.protocol === 'http:' && from.protocol === 'https:') return `its realm on ${url.host} is not https`;
  if (url.hostname === from.hostname) return undefined;
  if (isPrivateHost(url.hostname) && !isPrivateHost(from.hostname)) return `${url.host} is in a private network`;
  if (hasCredential) return `${url.host} is another host, and would get the credentials of ${from.host}`;
  return undefined;
}
