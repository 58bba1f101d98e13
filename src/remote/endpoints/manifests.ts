import { blobOf } from '../../bytes/streams.ts';
import { verified, verifyBytes } from '../../bytes/verify.ts';
import { isOrasError, MismatchError } from '../../errors.ts';
import { digestOf, isDigest, splitDigest } from '../../oci/digest.ts';
import { maxManifestSize } from '../../oci/manifest.ts';
import { isKeptAsManifest, withoutParameters } from '../../oci/media-types.ts';
import type { AbortOptions } from '../../options.ts';
import type { ReferencedManifest } from '../../target/target.ts';
import type { Descriptor } from '../../types.ts';
import { digestHeader, sameAlgorithm, sizeHeader } from '../answers/content-headers.ts';
import { isWebPage, webPageError } from '../answers/web-page.ts';
import { bodyOf } from '../connection/body.ts';
import type { Connection, ConnectionSendOptions } from '../connection/connection.ts';
import { headOf } from './blobs.ts';
import { accept, acceptOf, manifestUrl, mediaTypeOf, nameOf, readManifest } from './manifest-answer.ts';

/**
 * Fetches a manifest by tag or digest with one GET (distribution-spec, end-3). Its digest is computed from its bytes.
 *
 * @throws NotFoundError when there is no such manifest
 * @throws TooLargeError above 4 MiB
 * @throws MismatchError when its bytes do not have the requested digest, or the one in the response header
 */
export async function fetchManifestByReference(
  connection: Connection,
  reference: string,
  options: AbortOptions = {},
): Promise<ReferencedManifest> {
  const url = manifestUrl(connection, reference);
  const missing = nameOf(connection, reference);
  const what = `Cannot pull ${missing}`;
  const { signal } = options;
  const response = await connection.send('GET', url, { headers: { accept }, what, missing, signal });
  const bytes = await readManifest(connection, response, url, signal);
  if (isWebPage(bytes)) throw webPageError(what, response.status, url);
  const said = digestHeader(response);
  const digest = isDigest(reference) ? reference : (said ?? digestOf(bytes));
  verifyBytes(bytes, { digest, size: bytes.byteLength });
  if (said !== undefined && said !== digest) verifyBytes(bytes, { digest: said, size: bytes.byteLength });
  return { descriptor: { mediaType: mediaTypeOf(response, bytes, url), digest, size: bytes.byteLength }, bytes };
}

/**
 * Resolves a tag or digest to its descriptor, with one HEAD where its headers suffice (distribution-spec, end-3).
 *
 * @throws NotFoundError when there is no such manifest
 */
export async function resolveManifest(
  connection: Connection,
  reference: string,
  options: AbortOptions = {},
): Promise<Descriptor> {
  const found = await headManifest(connection, reference, options);
  // Also after a 404: the error response to GET has a body with the reason.
  return found || (await fetchManifestByReference(connection, reference, options)).descriptor;
}

/** Tells whether the repository has a manifest. */
export async function manifestExists(
  connection: Connection,
  { digest }: Descriptor,
  options: ConnectionSendOptions = {},
): Promise<boolean> {
  const found = await headManifest(connection, digest, options);
  if (found !== undefined) return found !== false;
  try {
    await fetchManifestByReference(connection, digest, options);
    return true;
  } catch (error) {
    if (isOrasError(error, 'NOT_FOUND')) return false;
    throw error;
  }
}

/**
 * The descriptor from the headers of a HEAD; `false` for a 404; undefined when the headers do not suffice: no manifest
 * type, no length, or a digest that cannot be compared with the requested one.
 *
 * @throws MismatchError when the digest is another one
 */
async function headManifest(
  connection: Connection,
  reference: string,
  options: ConnectionSendOptions,
): Promise<Descriptor | false | undefined> {
  const response = await headOf(connection, manifestUrl(connection, reference), { ...options, headers: { accept } });
  if (!response) return false;
  const mediaType = withoutParameters(response.headers.get('content-type') ?? '');
  const said = digestHeader(response);
  const digest = isDigest(reference) ? reference : said;
  const size = sizeHeader(response);
  if (digest === undefined || !size || !isKeptAsManifest(mediaType)) return undefined;
  if (said === undefined || said === digest) return { mediaType, digest, size };
  if (!sameAlgorithm(said, digest)) return undefined;
  throw new MismatchError(`${nameOf(connection, reference)} was answered with the digest ${said}`, digest, said);
}

/**
 * Fetches a manifest by its descriptor as a stream. Up to 4 MiB it is verified before the stream starts. A larger one
 * is verified while it is read, as the size in a descriptor may be wrong. A wrong size is accepted when the digest is
 * right and the registry's own HEAD has the same wrong size: some registries compress manifests and report that length.
 *
 * @throws NotFoundError when there is no such manifest
 * @throws MismatchError when size or digest are wrong
 */
export async function openManifest(
  connection: Connection,
  descriptor: Descriptor,
  options: AbortOptions = {},
): Promise<ReadableStream<Uint8Array>> {
  const { digest, mediaType } = descriptor;
  splitDigest(digest);
  const { signal } = options;
  const url = manifestUrl(connection, digest);
  const what = `Cannot fetch ${nameOf(connection, digest)}`;
  const headers = { accept: acceptOf(mediaType) };
  const response = await connection.send('GET', url, { headers, what, missing: digest, signal });
  if (descriptor.size > maxManifestSize) return verified(bodyOf(connection, response, url, signal), descriptor);
  const bytes = await readManifest(connection, response, url, signal);
  if (isWebPage(bytes)) throw webPageError(what, response.status, url);
  const { byteLength: size } = bytes;
  const isWhole = size === descriptor.size || (await headHasSize(connection, descriptor, options));
  verifyBytes(bytes, isWhole ? { digest, size } : descriptor);
  const said = digestHeader(response);
  if (said !== undefined && said !== digest) verifyBytes(bytes, { digest: said, size });
  return blobOf(bytes).stream();
}

/** Tells whether the registry's HEAD reports the size of a descriptor. */
async function headHasSize(
  connection: Connection,
  { digest, size }: Descriptor,
  { signal }: AbortOptions,
): Promise<boolean> {
  const response = await headOf(connection, manifestUrl(connection, digest), { headers: { accept }, signal });
  return response !== undefined && sizeHeader(response) === size;
}
