import { Refusal } from './refusal.ts';

const methods = 'GET, HEAD, POST, PUT, PATCH, DELETE';
const requestHeaders =
  'authorization, accept, content-type, content-range, range, if-match, if-none-match, if-range, cache-control';
const responseHeaders =
  'docker-content-digest, docker-distribution-api-version, docker-upload-uuid, location, link, range, ' +
  'content-range, content-length, accept-ranges, www-authenticate, oci-subject, oci-filters-applied, ' +
  'oci-chunk-min-length, oci-tag, oci-namespace, warning, etag, retry-after';

/** Which pages of other origins may use the registry. */
export interface CorsOptions {
  /**
   * The origins of those pages, such as `https://example.com`. Default: any, so that whoever reaches the registry with a
   * browser lets every page they open read and write it. Name them where the registry keeps what matters.
   */
  origins?: readonly string[] | undefined;
}

/** Lets pages of other origins use the registry (https://fetch.spec.whatwg.org/#http-cors-protocol). */
export class Cors {
  readonly #origins: readonly string[] | undefined;

  /** Lets the pages of the given origins use it. */
  constructor({ origins }: CorsOptions) {
    this.#origins = origins;
  }

  /** The answer to a preflight; it knows no credentials, so it must be given before they are asked for. */
  preflight(request: Request): Response {
    const headers = new Headers({
      'access-control-allow-methods': methods,
      'access-control-allow-headers': requestHeaders,
      'access-control-max-age': '7200',
      allow: `${methods}, OPTIONS`,
    });
    if (request.headers.get('access-control-request-private-network') === 'true') {
      headers.set('access-control-allow-private-network', 'true');
    }
    this.#allow(request, headers);
    return new Response(null, { status: 204, headers });
  }

  /** Adds to an answer what lets the page read it. */
  expose(request: Request, headers: Headers): void {
    headers.set('access-control-expose-headers', responseHeaders);
    this.#allow(request, headers);
  }

  /** Tells whether pages of an origin may use the registry. */
  allows(origin: string): boolean {
    return !this.#origins || this.#origins.includes(origin);
  }

  #allow(request: Request, headers: Headers): void {
    if (!this.#origins) {
      headers.set('access-control-allow-origin', '*');
      return;
    }
    headers.append('vary', 'origin');
    const origin = request.headers.get('origin');
    if (origin !== null && this.allows(origin)) headers.set('access-control-allow-origin', origin);
  }
}

/**
 * Refuses what a page would change that may not use the registry. A browser sends some of it without asking first, a
 * `POST` with a whole blob for example, and only keeps the answer from the page.
 *
 * @throws Refusal 403
 */
export function checkOrigin(request: Request, cors: Cors | undefined): void {
  const origin = request.headers.get('origin');
  const changes = !['GET', 'HEAD', 'OPTIONS'].includes(request.method);
  if (origin === null || !changes || cors?.allows(origin)) return;
  // Hosts alone are compared: whatever does TLS before a registry leaves it with http.
  const isOwn = URL.canParse(origin) && new URL(origin).host === new URL(request.url).host;
  if (!isOwn) throw new Refusal(403, 'DENIED', 'Pages of this origin may not change anything in the registry');
}
