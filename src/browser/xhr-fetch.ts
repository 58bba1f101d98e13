import { onAbort } from '../aborts.ts';
import type { FetchInit } from '../remote/http/fetch.ts';

/**
 * A `fetch` that reports upload progress for a Blob, which the browser's own fetch cannot do: such requests use
 * XMLHttpRequest, all others `fetch`. It is the default of the client in `oras-js/browser`.
 *
 * A page cannot stop XMLHttpRequest from following a redirect, so the body is also sent to the redirect target; with
 * `redirect: 'error'` the request then rejects afterwards. Requests to the page's own origin include its cookies.
 *
 * @example
 * import { Registry } from 'oras-js';
 * import { xhrFetch } from 'oras-js/browser';
 *
 * const client = new Registry({ fetch: xhrFetch });
 *
 * @throws TypeError without a response, or after a redirect to another URL with `redirect: 'error'`, as `fetch` does
 */
export function xhrFetch(url: string, init: FetchInit = {}): Promise<Response> {
  const { body, onSent, signal } = init;
  // Service workers have no XMLHttpRequest.
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
          // An invalid status.
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

/** Statuses of a Response that must have no body (Fetch standard, "null body status"). */
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
  // After a redirect to another origin, the caller must see that the response is not the registry's.
  const from = { url: request.responseURL, redirected };
  for (const [name, value] of Object.entries(from)) Object.defineProperty(response, name, { value });
  return response;
}
