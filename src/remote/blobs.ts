import { splitDigest } from '../oci/digest.ts';
import type { AbortOptions } from '../options.ts';
import type { Descriptor } from '../types.ts';
import { bodyOf } from './body.ts';
import type { Connection, ConnectionSendOptions } from './connection.ts';
import { responseError } from './response.ts';

/**
 * A blob as an unverified stream (distribution-spec, end-2); a connection that breaks is a NetworkError.
 *
 * @throws NotFoundError when the repository does not have it
 */
export async function fetchBlob(
  connection: Connection,
  descriptor: Descriptor,
  options: AbortOptions = {},
): Promise<ReadableStream<Uint8Array>> {
  const url = blobUrl(connection, descriptor);
  // A proxy that compresses would hide the size. Browsers set this header themselves and ignore ours.
  const headers = { 'accept-encoding': 'identity' };
  const response = await connection.send('GET', url, { headers, signal: options.signal });
  if (response.status !== 200) {
    const what = `Cannot fetch ${descriptor.digest} of ${connection.reference}`;
    throw await responseError(response, { method: 'GET', url, what, missing: descriptor.digest });
  }
  return bodyOf(connection, response, url, options.signal);
}

/** Tells whether the repository has a blob of this digest (distribution-spec, end-2). */
export async function blobExists(
  connection: Connection,
  descriptor: Descriptor,
  options: ConnectionSendOptions = {},
): Promise<boolean> {
  return (await headOf(connection, blobUrl(connection, descriptor), options)) !== undefined;
}

/**
 * Asks with HEAD whether something is there, and gives the answer, or undefined for a 404. A refusal of HEAD has no body
 * that says why, so it is asked again with GET.
 */
export async function headOf(
  connection: Connection,
  url: string,
  options: ConnectionSendOptions = {},
): Promise<Response | undefined> {
  let response = await connection.send('HEAD', url, options);
  if (response.status !== 200 && response.status !== 404) response = await connection.send('GET', url, options);
  if (response.status === 404) return undefined;
  if (response.status === 200) {
    await response.body?.cancel();
    return response;
  }
  const what = `Cannot look for ${url.slice(connection.base.length + 1)} in ${connection.reference}`;
  throw await responseError(response, { method: 'GET', url, what });
}

function blobUrl(connection: Connection, { digest }: Descriptor): string {
  splitDigest(digest);
  return `${connection.base}/blobs/${digest}`;
}
