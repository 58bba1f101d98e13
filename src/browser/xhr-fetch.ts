import { onAbort } from '../aborts.ts';
import type { FetchInit } from '../remote/http/fetch.ts';

/**
 * A `fetch` that tells how much of a Blob it has sent, which the browser's own cannot: such a request goes through
 * XMLHttpRequest, all others through `fetch`. The client of `oras-js/browser` uses it.
 *
 * Where a registry leads elsewhere the bytes go there too, as no page can prevent it; with `redirect: 'error'` the request
 * then fails. Requests to the page's own origin take its cookies along.
 *
 * @example
 * import { Registry } from 'oras-js';
 * import { xhrFetch } from 'oras-js/browser';
 *
 * const client = new Registry({ fetch: xhrFetch });
 *
 * @throws TypeError when no answer comes, or from elsewhere with `redirect: 'error'`, as `fetch` does
 */
export function xhrFetch(url: string, init: FetchInit = {}): Promise<Response> {
  const { body, onSent, signal } = init;
  // A service worker has none.
  const canTell = 'XMLHttpRequest' in globalThis;
  if (!(body instanceof Blob) || !onSent || !canTell) return fetch(url, init);
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const request = new XMLHttpRequest();
    request.open(init.method ?? 'GET', url);
    request.responseType = 'blob';
    for (const [name, value] of new Headers(init.headers)) request.setRequestHeader(name, value);
    const release = onAbort(signal, () => request.abort());
    request.upload.onprogress = ({ loaded }) => {
      try {
        onSent(loaded);
      } catch (error) {
        reject(error);
        request.abort();
      }
    };
    request.onload = () => {
      const isMoved = request.responseURL !== new URL(url, location.href).href.replace(/#.*/s, '');
      if (isMoved && init.redirect === 'error') reject(new TypeError('Failed to fetch: there was a redirect'));
      else {
        try {
          resolve(responseOf(request, isMoved));
        } catch (error) {
          // A status that there is not.
          reject(new TypeError('Failed to fetch', { cause: error }));
        }
      }
    };
    request.onerror = () => reject(new TypeError('Failed to fetch'));
    request.onabort = () => reject(signal?.reason);
    request.onloadend = release;
    request.send(body);
  });
}

/** Statuses that a Response must not be given a body with (Fetch standard, "null body status"). */
const withoutBody = [204, 205, 304];

function responseOf(request: XMLHttpRequest, redirected: boolean): Response {
  const { status, statusText } = request;
  const headers = new Headers();
  for (const line of request.getAllResponseHeaders().trim().split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  const body = withoutBody.includes(status) ? null : (request.response as Blob | null);
  const response = new Response(body, { status, statusText, headers });
  // Who was led to another origin must see that the answer is not the registry's.
  const from = { url: request.responseURL, redirected };
  for (const [name, value] of Object.entries(from)) Object.defineProperty(response, name, { value });
  return response;
}
