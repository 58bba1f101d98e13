import { isPrivateHost } from './address.ts';

/**
 * The trust policy: which redirects, token services, upload locations and list pages on other origins are allowed. The
 * defaults allow as little as real registries need; each rule can be relaxed for a setup that it breaks.
 */
export interface TrustOptions {
  /**
   * Origins of token services (realms) that may get the registry's credentials, as in `https://auth.example.com`. A
   * listed one may also be plain http, or in a private network. Default: the registry's own host, and those in {@link
   * HostRules}.
   */
  realms?: readonly string[] | undefined;
  /**
   * Origins besides the registry's own to which content may be uploaded, or `any`. They never get credentials. A listed
   * one may also be plain http when the registry is https, as in `http://registry.example.com`, or in a private network
   * when the registry is public; `any` allows neither. Default: `any`, as in the specification.
   */
  uploads?: 'any' | readonly string[] | undefined;
  /**
   * Origins besides the registry's own from which the next page of a list may be fetched; a listed one may also be
   * plain http. They never get credentials. Default: none.
   */
  pages?: readonly string[] | undefined;
  /**
   * Plain http origins to which a registry on https may redirect, as in `http://cdn.example.com`. Anyone on the network
   * path can then read the responses, and change those that no digest verifies: tags, lists, and manifests fetched by
   * tag. They never get credentials. Default: none.
   */
  redirects?: readonly string[] | undefined;
}

/**
 * The origins in normal form; the rest of an address is dropped.
 *
 * @throws TypeError when one is not an http or https URL
 */
function origins(texts: readonly string[] | undefined): string[] | undefined {
  return texts?.map((text) => {
    if (/^https?:\/\//i.test(text) && URL.canParse(text)) return new URL(text).origin;
    throw new TypeError('A trusted origin must be written as in https://auth.example.com');
  });
}

/**
 * The trust policy with its origins in normal form, for comparison.
 *
 * @throws TypeError when one is not an origin
 */
export function normalizeTrust({ realms, uploads, pages, redirects }: TrustOptions): TrustOptions {
  return {
    realms: origins(realms),
    uploads: uploads === 'any' ? uploads : origins(uploads),
    pages: origins(pages),
    redirects: origins(redirects),
  };
}

/** Why the redirect policy forbids a redirect from `from` to `to`; undefined when it is allowed. */
export function plainRedirectProblem(from: string, to: string, trusted: readonly string[]): string | undefined {
  if (!from.startsWith('https:') || !to.startsWith('http:')) return undefined;
  const { host, origin } = new URL(to);
  if (trusted.includes(origin)) return undefined;
  return `a redirect goes from https to plain http on ${host}, which trust.redirects does not list`;
}

/**
 * Why a token service must not be used; undefined when it is allowed. `origin` is the registry's, `known` lists the
 * origins that belong to it, and `hasCredential` tells whether the token service would get a credential.
 */
export function realmProblem(
  realm: string,
  origin: string,
  known: readonly string[],
  hasCredential: boolean,
): string | undefined {
  const from = new URL(origin);
  if (!/^https?:\/\//i.test(realm) || !URL.canParse(realm)) return 'its realm is not an http or https URL';
  const url = new URL(realm);
  if (url.username || url.password) return 'its realm has credentials in it';
  if (known.includes(url.origin)) return undefined;
  if (url.protocol === 'http:' && from.protocol === 'https:') return `its realm on ${url.host} is not https`;
  if (url.hostname === from.hostname) return undefined;
  if (isPrivateHost(url.hostname) && !isPrivateHost(from.hostname)) return `${url.host} is in a private network`;
  if (hasCredential) return `${url.host} is another host, and would get the credentials of ${from.host}`;
  return undefined;
}

/** Why content must not be uploaded to a location; undefined when it is allowed. */
export function uploadProblem(to: URL, registry: URL, trusted: TrustOptions['uploads'] = 'any'): string | undefined {
  if (to.origin === registry.origin) return undefined;
  if (trusted !== 'any' && trusted.includes(to.origin)) return undefined;
  if (to.protocol === 'http:' && registry.protocol === 'https:') return 'downgrades from https to http';
  if (isPrivateHost(to.hostname) && !isPrivateHost(registry.hostname)) {
    return `is on ${to.host}, which is in a private network; the trust option can allow it`;
  }
  return trusted === 'any' ? undefined : 'is on another origin';
}
