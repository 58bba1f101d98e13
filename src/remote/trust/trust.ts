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
   * Origins besides the registry's own that content may be uploaded to, or `any`. They never get credentials. A listed
   * one may also be http when the registry is https, as in `http://registry.example.com`, or in a private network when
   * the registry is public; `any` allows neither. Default: `any`, as the specification does.
   */
  uploads?: 'any' | readonly string[] | undefined;
  /**
   * Origins besides the registry's own that the next page of a list may be on; a listed one may also be http. They never
   * get credentials. Default: none.
   */
  pages?: readonly string[] | undefined;
  /**
   * Origins that a registry on https may redirect to although they are http, as in `http://cdn.example.com`: everybody
   * on the way can then read and change tags, lists and manifests that are asked for by tag. They never get credentials.
   * Default: none.
   */
  redirects?: readonly string[] | undefined;
}

/** The origins as URLs have them; what is kept of an address is its origin.
 *
 * @throws TypeError when one is no http or https address
 */
function origins(texts: readonly string[] | undefined): string[] | undefined {
  return texts?.map((text) => {
    if (/^https?:\/\//i.test(text) && URL.canParse(text)) return new URL(text).origin;
    throw new TypeError('A trusted origin must be written as in https://auth.example.com');
  });
}

/** The same trust, its origins as they are compared.
 *
 * @throws TypeError when one is no origin
 */
export function normalized({ realms, uploads, pages, redirects }: TrustOptions): TrustOptions {
  return {
    realms: origins(realms),
    uploads: uploads === 'any' ? uploads : origins(uploads),
    pages: origins(pages),
    redirects: origins(redirects),
  };
}

/** Why a redirect of a request to `from` must not be followed to `to`; undefined when it may be. */
export function plainRedirectProblem(from: string, to: string, trusted: readonly string[]): string | undefined {
  if (!from.startsWith('https:') || !to.startsWith('http:')) return undefined;
  const { host, origin } = new URL(to);
  if (trusted.includes(origin)) return undefined;
  return `a redirect leads from https to plain http on ${host}, which trust.redirects does not list`;
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

/** Why content must not be uploaded to where a registry says; undefined when it may be. */
export function uploadProblem(to: URL, registry: URL, trusted: TrustOptions['uploads'] = 'any'): string | undefined {
  if (to.origin === registry.origin) return undefined;
  if (trusted !== 'any' && trusted.includes(to.origin)) return undefined;
  if (to.protocol === 'http:' && registry.protocol === 'https:') return 'steps down from https to http';
  if (isPrivateHost(to.hostname) && !isPrivateHost(registry.hostname)) {
    return `leads to ${to.host}, which is in a private network; the trust option can allow it`;
  }
  return trusted === 'any' ? undefined : 'leads to another origin';
}
