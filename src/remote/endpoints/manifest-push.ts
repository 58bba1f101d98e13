import { blobOf } from '../../bytes/streams.ts';
import { isOrasError, MismatchError } from '../../errors.ts';
import { digestOf, splitDigest } from '../../oci/digest.ts';
import { withoutParameters } from '../../oci/media-types.ts';
import type { AbortOptions } from '../../options.ts';
import type { Descriptor, Digest } from '../../types.ts';
import { digestHeader } from '../answers/content-headers.ts';
import { discard } from '../answers/discard.ts';
import { answerError, type FailedRequest, responseError } from '../answers/error-response.ts';
import { withParameter } from '../answers/locations.ts';
import type { Connection } from '../connection/connection.ts';
import { manifestUrl, nameOf } from './manifest-answer.ts';
import { fetchManifestByReference } from './manifests.ts';

/**
 * Stores a manifest under a tag or its digest (distribution-spec, end-7), and returns the response. It counts as stored
 * after 201, or after another success when the manifest can then be fetched by its digest.
 *
 * @throws MismatchError when the registry computed another digest
 * @throws NotARegistryError when the response is a web page
 */
export async function putManifest(
  connection: Connection,
  descriptor: Descriptor,
  bytes: Uint8Array,
  reference: string,
  options: PutManifestOptions = {},
): Promise<Response> {
  const { signal, tags = [] } = options;
  const url = tags.reduce((url, tag) => withParameter(url, 'tag', tag), manifestUrl(connection, reference));
  const headers = { 'content-type': withoutParameters(descriptor.mediaType), ...options.headers };
  const body = blobOf(bytes);
  const response = await connection.send('PUT', url, { headers, body, repeatable: true, signal });
  const what = `Cannot push ${nameOf(connection, reference)}`;
  if (response.status === 201) discard(response);
  else await requireStored(connection, response, descriptor.digest, { method: 'PUT', url, what, signal });
  const said = digestHeader(response);
  if (said === undefined || said === descriptor.digest) return response;
  const actual = digestOf(bytes, splitDigest(said).algorithm);
  if (said !== actual) throw new MismatchError(`${what}: the registry stored it as ${said}`, actual, said);
  return response;
}

/** Options of {@link putManifest}. */
export interface PutManifestOptions extends AbortOptions {
  /** Headers besides the content type. */
  headers?: Record<string, string> | undefined;
  /** Tags to set besides, with `reference` as a digest (end-7b); a registry that does not know this ignores them. */
  tags?: readonly string[] | undefined;
}

/** Checks that a manifest exists, because a host that is not a registry may also answer 200. */
async function requireStored(
  connection: Connection,
  response: Response,
  digest: Digest,
  request: FailedRequest,
): Promise<void> {
  const { status } = response;
  const refusal = await responseError(response, request);
  if (!response.ok || isOrasError(refusal, 'NOT_A_REGISTRY')) throw refusal;
  await fetchManifestByReference(connection, digest, { signal: request.signal }).catch((cause: unknown) => {
    if (!isOrasError(cause, 'NOT_FOUND') && !isOrasError(cause, 'MISMATCH')) throw cause;
    const message = `${request.what}: the registry answered ${status}, but does not have it`;
    throw answerError(message, status, request.url, request.method);
  });
}
