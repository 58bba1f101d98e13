import { abortable, readStart } from '../../bytes/streams.ts';
import { NotARegistryError } from '../../errors.ts';
import type { AbortOptions } from '../../options.ts';
import { timeoutError, toNetworkError, withoutQuery } from './network-error.ts';

/** Bytes to look at. A web page starts with `<`; a byte order mark and white space may come before it. */
const sniffedBytes = 1024;
/** Milliseconds within which the first bytes must arrive. */
const firstBytesTimeout = 10_000;

/**
 * Tells whether content is a web page: it starts with `<`, which no JSON does. The content type proves nothing: Quay
 * answers `/v2/` with `true` as `text/html`.
 */
export function isWebPage(bytes: Uint8Array): boolean {
  return /^\s*</.test(new TextDecoder().decode(bytes.subarray(0, sniffedBytes)));
}

/**
 * Reads the first bytes of an answer and tells whether it is a web page. The rest of the body is not read.
 *
 * @throws NetworkError when the bytes do not arrive
 */
export async function hasWebPage(
  { body }: Response,
  { method, url, signal }: AbortOptions & { method: string; url: string },
): Promise<boolean> {
  if (!body) return false;
  const limit = AbortSignal.timeout(firstBytesTimeout);
  try {
    return isWebPage(await readStart(abortable(body, signal), sniffedBytes, limit));
  } catch (error) {
    signal?.throwIfAborted();
    throw limit.aborted
      ? timeoutError(method, url, 'nothing came for', firstBytesTimeout)
      : toNetworkError(error, method, url);
  }
}

/** The error for a host that answers with a web page instead of as a registry. `what` is the start of the message. */
export function webPageError(what: string, status: number, url: string, method = 'GET'): NotARegistryError {
  const message = `${what}: the host answered with a web page, not as a registry (HTML with status ${status}): check the host`;
  return new NotARegistryError(message, { status, method, url: withoutQuery(url), errors: [] });
}
