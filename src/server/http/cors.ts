import { Refusal } from './refusal.ts';

const methods = 'GET, HEAD, POST, PUT, PATCH, DELETE';
const requestHeaders =
  'authorization, accept, content-type, content-range, range, if-match, if-none-match, if-range, cache-control';
const responseHeaders =
  'docker-content-digest, docker-distribution-api-version, docker-upload-uuid, location, link, range, ' +
  'content-range, content-length, accept-ranges, www-authenticate, oci-subject, oci-filters-applied, ' +
  'oci-chunk-min-length, oci-tag, oci-namespace, warning, etag, retry-after';

/** Which web pages of other origins may use the registry. */
export interface CorsOptions {
  /**
   * The origins of those pages, such as `https://example.com`. Default: any, which lets every page in the browser of
   * everyone with network access read and write the registry. Set it where content matters.
   */
  origins?: readonly string[] | undefined;
}

/** CORS: lets pages of other origins use the registry (https://fetch.spec.whatwg.org/#http-cors-protocol). */
export class Cors {
  readonly #origins: readonly string[] | undefined;

  /** CORS for the given origins. */
  constructor({ origins }: CorsOptions) {
    this.#origins = origins;
  }

  /** The response to a preflight, which has no credentials, so it must come before authentication. */
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

  /** Adds the CORS headers to a response. */
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
 * Refuses writes of pages that may not use the registry. A browser sends some of them without a preflight, for example
 * a `POST` with a whole blob, and only hides the response from the page.
 */
export function checkOrigin(request: Request, cors: Cors | undefined): void {
  const origin = request.headers.get('origin');
  const changes = !['GET', 'HEAD', 'OPTIONS'].includes(request.method);
  if (origin === null || !changes || cors?.allows(origin)) return;
  // Only hosts are compared: behind a TLS proxy the registry sees http.
  const isOwn = URL.canParse(origin) && new URL(origin).host === new URL(request.url).host;
  if (!isOwn) throw new Refusal(403, 'DENIED', 'Pages of this origin may not change anything in the registry');
}
