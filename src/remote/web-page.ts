import { readStart } from '../bytes/streams.ts';
import { NotARegistryError } from '../errors.ts';
import { withoutQuery } from './network-error.ts';

/** A page says what it is at once; a byte order mark and white space may come before. */
const enough = 1024;

/**
 * Tells whether content is a web page: it begins with `<`, which no JSON does. The content type proves nothing: Quay
 * answers `/v2/` with `true` and calls it `text/html`.
 */
export function isWebPage(bytes: Uint8Array): boolean {
  return /^\s*</.test(new TextDecoder().decode(bytes.subarray(0, enough)));
}

/** Reads the first bytes of an answer and tells whether they are those of a web page; the rest is not read. */
export async function hasWebPage({ body }: Response, signal?: AbortSignal): Promise<boolean> {
  return body !== null && isWebPage(await readStart(body, enough, signal));
}

/** The error for a host that shows a web page where a registry would answer; `what` is what failed. */
export function webPageError(what: string, status: number, url: string, method = 'GET'): NotARegistryError {
  const message = `${what}: the host answered with a web page, not as a registry (HTML with status ${status}): check the host`;
  return new NotARegistryError(message, { status, method, url: withoutQuery(url), errors: [] });
}
