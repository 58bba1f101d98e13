import type { FetchInit } from '../remote/transport.ts';

/**
 * A `fetch` that tells how much of a Blob it has sent, which the browser's own cannot: such a request goes through
 * XMLHttpRequest, all others through `fetch`. Give it to a Registry for smooth progress of uploads.
 *
 * @example
 * import { Registry } from 'oras-js';
 * import { xhrFetch } from 'oras-js/browser';
 *
 * const client = new Registry({ fetch: xhrFetch });
 *
 * @throws TypeError when no answer comes, as `fetch` does
 */
export function xhrFetch(url: string, init: FetchInit = {}): Promise<Response> {
  const { body, onSent, signal } = init;
  if (!(body instanceof Blob) || !onSent) return fetch(url, init);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(init.method ?? 'GET', url);
    request.responseType = 'blob';
    for (const [name, value] of new Headers(init.headers)) request.setRequestHeader(name, value);
    const abort = (): void => request.abort();
    signal?.addEventListener('abort', abort, { once: true });
    request.upload.onprogress = ({ loaded }) => onSent(loaded);
    request.onload = () => resolve(responseOf(request));
    request.onerror = () => reject(new TypeError('Failed to fetch'));
    request.onabort = () => reject(signal?.reason);
    request.onloadend = () => signal?.removeEventListener('abort', abort);
    if (signal?.aborted) reject(signal.reason);
    else request.send(body);
  });
}

/** Statuses that a Response must not be given a body with (Fetch standard, "null body status"). */
const withoutBody = [204, 205, 304];

function responseOf(request: XMLHttpRequest): Response {
  const { status, statusText } = request;
  const headers = new Headers();
  for (const line of request.getAllResponseHeaders().trim().split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  const body = withoutBody.includes(status) ? null : (request.response as Blob | null);
  return new Response(body, { status, statusText, headers });
}
