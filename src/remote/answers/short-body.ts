import { abortable, readAll, readStart } from '../../bytes/streams.ts';

/** Milliseconds for all of a short body. */
const patience = 10_000;

/** All of a body that is only a few lines; it fails when they do not come in time.
 *
 * @throws TooLargeError above the limit
 */
export async function readShort(
  { body }: Response,
  limit: number,
  signal?: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  return body ? readAll(abortable(body, signal), limit, AbortSignal.timeout(patience)) : new Uint8Array();
}

/** The first `limit` bytes of a body, as far as they come in time; a body that breaks is empty. */
export async function readShortStart(
  { body }: Response,
  limit: number,
  signal?: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  if (!body) return new Uint8Array();
  return readStart(abortable(body, signal), limit, AbortSignal.timeout(patience)).catch(() => new Uint8Array());
}
