import { readAll } from '../bytes/streams.ts';
import { verifyBytes } from '../bytes/verify.ts';
import { InvalidManifestError, MismatchError, RegistryError, TooLargeError } from '../errors.ts';
import { digestOf, isDigest, splitDigest } from '../oci/digest.ts';
import { maxManifestSize } from '../oci/manifest.ts';
import { isMediaType, manifestMediaTypes, withoutParameters } from '../oci/media-types.ts';
import { checkTag } from '../oci/reference.ts';
import type { AbortOptions } from '../options.ts';
import type { ReferencedManifest } from '../target/target.ts';
import type { Descriptor, Digest } from '../types.ts';
import { headOf } from './blobs.ts';
import { bodyOf } from './body.ts';
import type { Connection, ConnectionSendOptions } from './connection.ts';
import { withoutQuery } from './network-error.ts';
import { responseError } from './response.ts';

/** Everything that can be read; without it, distribution answers 404 for OCI manifests. */
const accept = manifestMediaTypes.join(', ');

/**
 * A manifest by tag or digest, with one GET (distribution-spec, end-3). Its digest is computed from its bytes.
 *
 * @throws NotFoundError when there is none
 * @throws TooLargeError above 4 MiB
 * @throws MismatchError when its bytes have another digest than was asked for, or than the registry says
 */
export async function fetchManifestByReference(
  connection: Connection,
  reference: string,
  options: AbortOptions = {},
): Promise<ReferencedManifest> {
  const url = manifestUrl(connection, reference);
  const response = await connection.send('GET', url, { headers: { accept }, signal: options.signal });
  const name = nameOf(connection, reference);
  if (response.status !== 200) {
    throw await responseError(response, {
      method: 'GET',
      url,
      what: `Cannot pull ${name}`,
      missing: name,
      signal: options.signal,
    });
  }
  const bytes = await readManifest(connection, response, url, options.signal);
  const said = digestHeader(response);
  const digest = isDigest(reference) ? reference : (said ?? digestOf(bytes));
  verifyBytes(bytes, { digest, size: bytes.byteLength });
  if (said !== undefined && said !== digest) verifyBytes(bytes, { digest: said, size: bytes.byteLength });
  return { descriptor: { mediaType: mediaTypeOf(response, bytes, url), digest, size: bytes.byteLength }, bytes };
}

/**
 * What a tag or digest stands for, with one HEAD where the registry says all of it (distribution-spec, end-3).
 *
 * @throws NotFoundError when it stands for nothing
 */
export async function resolveManifest(
  connection: Connection,
  reference: string,
  options: AbortOptions = {},
): Promise<Descriptor> {
  const url = manifestUrl(connection, reference);
  const response = await headOf(connection, url, { headers: { accept }, signal: options.signal });
  const mediaType = withoutParameters(response?.headers.get('content-type') ?? '');
  const said = response && digestHeader(response);
  const digest = isDigest(reference) ? reference : said;
  const size = response && sizeHeader(response);
  if (!digest || size === undefined || !isMediaType(mediaType)) {
    // Also for a 404: the answer to GET has a body that says why.
    return (await fetchManifestByReference(connection, reference, options)).descriptor;
  }
  if (said !== undefined && said !== digest && sameAlgorithm(said, digest)) {
    throw new MismatchError(`${nameOf(connection, reference)} was answered with the digest ${said}`, digest, said);
  }
  return { mediaType, digest, size };
}

/** A manifest by its descriptor, as an unverified stream.
 *
 * @throws NotFoundError when there is none
 */
export async function fetchManifestByDescriptor(
  connection: Connection,
  { digest, mediaType }: Descriptor,
  options: AbortOptions = {},
): Promise<ReadableStream<Uint8Array>> {
  splitDigest(digest);
  const url = manifestUrl(connection, digest);
  const response = await connection.send('GET', url, { headers: { accept: mediaType }, signal: options.signal });
  if (response.status !== 200) {
    const what = `Cannot fetch ${nameOf(connection, digest)}`;
    throw await responseError(response, { method: 'GET', url, what, missing: digest, signal: options.signal });
  }
  return bodyOf(connection, response, url, options.signal);
}

/** Tells whether the repository has a manifest. */
export async function manifestExists(
  connection: Connection,
  { digest, mediaType }: Descriptor,
  options: ConnectionSendOptions = {},
): Promise<boolean> {
  splitDigest(digest);
  const headers = { accept: mediaType };
  return (await headOf(connection, manifestUrl(connection, digest), { ...options, headers })) !== undefined;
}

/**
 * Stores a manifest under a tag or its digest (distribution-spec, end-7).
 *
 * @throws MismatchError when the registry computed another digest
 */
export async function putManifest(
  connection: Connection,
  descriptor: Descriptor,
  body: Blob,
  reference: string,
  options: AbortOptions = {},
): Promise<void> {
  const url = manifestUrl(connection, reference);
  const headers = { 'content-type': descriptor.mediaType };
  const response = await connection.send('PUT', url, { headers, body, repeatable: true, signal: options.signal });
  const what = `Cannot push ${nameOf(connection, reference)}`;
  if (![200, 201, 202, 204].includes(response.status)) {
    throw await responseError(response, { method: 'PUT', url, what, signal: options.signal });
  }
  await response.body?.cancel();
  const said = digestHeader(response);
  if (said !== undefined && said !== descriptor.digest && sameAlgorithm(said, descriptor.digest)) {
    throw new MismatchError(`${what}: the registry stored it as ${said}`, descriptor.digest, said);
  }
}

async function readManifest(
  connection: Connection,
  response: Response,
  url: string,
  signal?: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  const size = sizeHeader(response);
  if (size !== undefined && size > maxManifestSize) {
    await response.body?.cancel();
    throw new TooLargeError(
      `The manifest has ${size} bytes, more than the ${maxManifestSize} that are read`,
      maxManifestSize,
      size,
    );
  }
  return readAll(bodyOf(connection, response, url, signal), maxManifestSize, signal);
}

/** What servers say that do not know. */
const meaningless = ['text/plain', 'application/json', 'application/octet-stream'];

/** `Content-Type` decides, and the manifest's own field where a server forgot to say. */
function mediaTypeOf(response: Response, bytes: Uint8Array, url: string): string {
  const type = withoutParameters(response.headers.get('content-type') ?? '');
  if (isMediaType(type) && !meaningless.includes(type)) return type;
  try {
    const own = (JSON.parse(new TextDecoder().decode(bytes)) as { mediaType?: unknown }).mediaType;
    if (typeof own === 'string' && isMediaType(own)) return own;
  } catch (cause) {
    throw new InvalidManifestError('The manifest is not JSON in UTF-8', { cause });
  }
  throw new RegistryError(`The registry sent a manifest without its media type`, {
    status: response.status,
    method: 'GET',
    url: withoutQuery(url),
    errors: [],
  });
}

/** `Docker-Content-Digest`, when it can be read and verified. */
function digestHeader(response: Response): Digest | undefined {
  const digest = response.headers.get('docker-content-digest');
  return digest !== null && isDigest(digest) && /^sha(?:256|512):/.test(digest) ? digest : undefined;
}

/** `Content-Length`, unless the body is compressed on the way: then it is not the manifest's. */
function sizeHeader(response: Response): number | undefined {
  const length = response.headers.get('content-length');
  if (length === null || response.headers.has('content-encoding') || !/^\d+$/.test(length)) return undefined;
  return Number(length);
}

function sameAlgorithm(a: Digest, b: Digest): boolean {
  return splitDigest(a).algorithm === splitDigest(b).algorithm;
}

function manifestUrl(connection: Connection, reference: string): string {
  if (reference.includes(':')) splitDigest(reference);
  else checkTag(reference);
  return `${connection.base}/manifests/${reference}`;
}

function nameOf({ reference }: Connection, tagOrDigest: string): string {
  return String(reference.with(tagOrDigest));
}
