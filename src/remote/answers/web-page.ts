import { abortable, readStart } from '../../bytes/streams.ts';
import { NotARegistryError } from '../../errors.ts';
import type { AbortOptions } from '../../options.ts';
import { timeoutError, toNetworkError, withoutQuery } from './network-error.ts';

/** A page says what it is at once; a byte order mark and white space may come before. */
const enough = 1024;
/** Milliseconds until its first bytes must be there. */
const patience = 10_000;

/**
 * Tells whether content is a web page: it begins with `<`, which no JSON does. The content type proves nothing: Quay
 * answers `/v2/` with `true` and calls it `text/html`.
 */
export function isWebPage(bytes: Uint8Array): boolean {
  return /^\s*</.test(new TextDecoder().decode(bytes.subarray(0, enough)));
}

/**
 * Reads the first bytes of an answer and tells whether they are those of a web page; the rest is not read.
 *
 * @throws NetworkError when they do not come
 */
export async function hasWebPage(
  { body }: Response,
  { method, url, signal }: AbortOptions & { method: string; url: string },
): Promise<boolean> {
  if (!body) return false;
  const limit = AbortSignal.timeout(patience);
  try {
    return isWebPage(await readStart(abortable(body, signal), enough, limit));
  } catch (error) {
    signal?.throwIfAborted();
    throw limit.aborted ? timeoutError(method, url, 'nothing came for', patience) : toNetworkError(error, method, url);
  }
}

/** The error for a host that shows a web page where a registry would answer; `what` is what failed. */
export function webPageError(what: string, status: number, url: string, method = 'GET'): NotARegistryError {
  const message = `${what}: the host answered with a web page, not as a registry (HTML with status ${status}): check the host`;
  return new NotARegistryError(message, { status, method, url: withoutQuery(url), errors: [] });
}
