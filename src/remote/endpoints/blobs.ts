import { splitDigest } from '../../oci/digest.ts';
import type { Descriptor } from '../../types.ts';
import { digestHeader, sameAlgorithm, sizeHeader } from '../answers/content-headers.ts';
import { discard } from '../answers/discard.ts';
import type { Connection, ConnectionSendOptions } from '../connection/connection.ts';

/** Refusals that may be meant for HEAD itself. */
const mayBeHeadItself = [400, 403, 405, 501];

/**
 * Tells whether the repository has a blob of this digest and size (distribution-spec, end-2). A host that answers 200 to
 * everything has not: its page has another length, or a digest of its own, or is at least called a page.
 */
export async function blobExists(
  connection: Connection,
  descriptor: Descriptor,
  options: ConnectionSendOptions = {},
): Promise<boolean> {
  const response = await headOf(connection, blobUrl(connection, descriptor), options);
  if (!response) return false;
  const size = sizeHeader(response);
  const said = digestHeader(response);
  if (said !== undefined && sameAlgorithm(said, descriptor.digest) && said !== descriptor.digest) return false;
  if (size !== undefined) return size === descriptor.size;
  return said !== undefined || !/^text\/html/i.test(response.headers.get('content-type') ?? '');
}

/**
 * Asks with HEAD whether something is there, and gives the answer, or undefined for a 404. Where it may be HEAD itself
 * that is refused, it is asked again with GET.
 */
export async function headOf(
  connection: Connection,
  url: string,
  options: ConnectionSendOptions = {},
): Promise<Response | undefined> {
  const what = `Cannot look for ${url.slice(connection.base.length + 1)} in ${connection.reference}`;
  const ask = (method: string, expected: number[]): Promise<Response> =>
    connection.send(method, url, { ...options, what, expected: [200, 404, ...expected] });
  let response = await ask('HEAD', mayBeHeadItself);
  if (mayBeHeadItself.includes(response.status)) response = await ask('GET', []);
  discard(response);
  return response.status === 404 ? undefined : response;
}

/** URL of a blob (distribution-spec, end-2).
 *
 * @throws InvalidReferenceError or UnsupportedError when the digest cannot be verified
 */
export function blobUrl(connection: Connection, { digest }: Descriptor): string {
  splitDigest(digest);
  return `${connection.base}/blobs/${digest}`;
}
