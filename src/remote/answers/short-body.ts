import { abortable, readAll, readStart } from '../../bytes/streams.ts';

/** Milliseconds within which all of a short body must arrive. */
const bodyTimeout = 10_000;

/**
 * Reads all of a small body.
 *
 * @throws TooLargeError above the limit
 * @throws DOMException `TimeoutError` when it takes longer than 10 seconds
 */
export async function readShort(
  { body }: Response,
  limit: number,
  signal?: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  return body ? readAll(abortable(body, signal), limit, AbortSignal.timeout(bodyTimeout)) : new Uint8Array();
}

/**
 * Reads the first `limit` bytes of a body, as far as they arrive within 10 seconds. Gives no bytes when the body fails.
 */
export async function readShortStart(
  { body }: Response,
  limit: number,
  signal?: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  if (!body) return new Uint8Array();
  return readStart(abortable(body, signal), limit, AbortSignal.timeout(bodyTimeout)).catch(() => new Uint8Array());
}
