import { asContent } from '../bytes/content.ts';
import { hashBlob } from '../bytes/hash.ts';
import { readError } from '../bytes/read-error.ts';
import { readAll } from '../bytes/streams.ts';
import { InvalidReferenceError, TooLargeError } from '../errors.ts';
import { checkAnnotations } from '../oci/annotations.ts';
import { maxManifestSize, type ParsedManifest, parseManifest } from '../oci/manifest.ts';
import { requireReadable } from '../oci/manifest-type.ts';
import { mediaTypes } from '../oci/media-types.ts';
import type { AbortOptions, WarningOptions } from '../options.ts';
import type { Annotations, Descriptor } from '../types.ts';
import { checkOptions, checkReference, checkTarget } from './arguments.ts';
import { listening } from './listening.ts';
import type { ReadOnlyTarget, ReferencedManifest, Target } from './target.ts';
import type { UploadOptions } from './upload-options.ts';

/** Options of {@link fetchBytes}. */
export interface FetchBytesOptions extends AbortOptions {
  /** Size limit in bytes. Default 4 MiB. */
  limit?: number | undefined;
}

/**
 * Fetches content into memory, verified. Content that the descriptor has in `data` is not fetched.
 *
 * @throws TooLargeError when the descriptor or the content is larger than `limit`; memory is allocated only for bytes
 *   received
 * @throws NotFoundError when it does not exist
 * @throws MismatchError when the size or the digest is wrong, also of `data`
 */
export async function fetchBytes(
  target: ReadOnlyTarget,
  descriptor: Descriptor,
  options: FetchBytesOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  checkTarget(target, 'pull');
  checkReference(descriptor);
  checkOptions(options);
  const { limit = maxManifestSize, signal } = options;
  if (descriptor.size > limit) {
    throw new TooLargeError(
      `${descriptor.digest} has ${descriptor.size} bytes, more than the ${limit} that are read`,
      limit,
      descriptor.size,
    );
  }
  signal?.throwIfAborted();
  if (typeof descriptor.data === 'string') {
    // Loaded when needed: it computes digests, which all other code here leaves to the target.
    const { inlineBytes } = await import('./inline-data.ts');
    return inlineBytes({ ...descriptor, data: descriptor.data });
  }
  return readAll(await target.fetch(descriptor, { signal }), limit, signal);
}

/** A manifest or an index with its descriptor and its exact bytes. */
export type FetchedManifest = ReferencedManifest & ParsedManifest;

/** Most warnings about one manifest. */
const mostWarnings = 20;

/**
 * Fetches a manifest or an index by tag, digest or descriptor: parsed, with its descriptor and its exact bytes. A
 * `null` field is an unset field. An optional field with an invalid value is left out with a warning, and so is an
 * entry of an index without a digest or a size.
 *
 * @throws NotFoundError when it does not exist
 * @throws TooLargeError above 4 MiB
 * @throws UnsupportedError when its type is not one of OCI's or Docker's (schema 2); {@link fetchBytes} gives its bytes
 * @throws InvalidManifestError when it breaks the image-spec
 * @throws MismatchError when its bytes do not match the digest
 */
export async function fetchManifest(
  target: ReadOnlyTarget,
  reference: string | Descriptor,
  options: AbortOptions & WarningOptions = {},
): Promise<FetchedManifest> {
  checkTarget(target, 'pull');
  checkReference(reference);
  checkOptions(options);
  return listening(options, (heard) => readManifest(target, reference, heard));
}

async function readManifest(
  target: ReadOnlyTarget,
  reference: string | Descriptor,
  options: AbortOptions & WarningOptions,
): Promise<FetchedManifest> {
  const found = await fetchReferenced(target, reference, options);
  const { mediaType, digest } = found.descriptor;
  const { onWarning } = options;
  const told = new Set<string>();
  const onFault = (fault: string): void => {
    if (told.has(fault) || told.size === mostWarnings) return;
    told.add(fault);
    onWarning?.({ host: '', text: `${digest}: ${fault}` });
  };
  return { ...found, ...parseManifest(found.bytes, { contentType: mediaType, onFault }) };
}

async function fetchReferenced(
  target: ReadOnlyTarget,
  reference: string | Descriptor,
  options: AbortOptions,
): Promise<ReferencedManifest> {
  if (typeof reference === 'string' && target.fetchReference) {
    return target.fetchReference(reference, options);
  }
  const descriptor = typeof reference === 'string' ? await target.resolve(reference, options) : reference;
  requireReadable(descriptor.mediaType);
  const bytes = await fetchBytes(target, descriptor, options);
  // A registry that compresses responses may have announced another size.
  return { descriptor: { ...descriptor, size: bytes.byteLength }, bytes };
}

/** Options of {@link pushBlob}. */
export interface PushBlobOptions extends UploadOptions {
  /** Media type of the descriptor. Default: `application/octet-stream`. */
  mediaType?: string | undefined;
  /** Annotations of the descriptor. Default: none. */
  annotations?: Annotations | undefined;
}

/**
 * Pushes a Blob, bytes or text as a blob, unless the target has it already, and returns its descriptor. A Blob is read
 * twice, chunk by chunk: to compute its digest, and to send it.
 *
 * @throws InvalidManifestError before anything is sent, when an annotation is not text
 * @throws TypeError before anything is sent, when the content is something else, such as a stream
 * @throws FileError when the Blob is a file that cannot be read, or changed after it was opened
 */
export async function pushBlob(
  target: Target,
  content: Blob | Uint8Array | ArrayBuffer | string,
  options: PushBlobOptions = {},
): Promise<Descriptor> {
  checkTarget(target, 'push');
  checkOptions(options);
  const { mediaType = mediaTypes.octetStream, annotations, ...transfer } = options;
  checkAnnotations(annotations, 'the blob');
  const blob = asContent(content, 'the blob');
  if (!(blob instanceof Blob)) throw new TypeError('A stream has no size: push it as a file, with a name');
  const { signal } = options;
  const digest = await hashBlob(blob, { signal }).catch(async (error: unknown) => {
    signal?.throwIfAborted();
    throw await readError(error, blob, blob instanceof File ? blob.name : 'the blob', 'Cannot push');
  });
  const descriptor = { mediaType, digest, size: blob.size, ...(annotations && { annotations }) };
  await listening({ ...transfer, signal }, (heard) => pushUnlessThere(target, descriptor, blob, heard));
  return descriptor;
}

/** Pushes content unless the target has it already; then it reports `skip`. */
export async function pushUnlessThere(
  target: Target,
  descriptor: Descriptor,
  content: Blob,
  options: UploadOptions = {},
): Promise<void> {
  if (await target.exists(descriptor, { signal: options.signal, intent: 'push' })) {
    options.onProgress?.({ type: 'skip', descriptor, reason: 'exists' });
    return;
  }
  await target.push(descriptor, content, options);
}

/** The digest or tag of a reference, for {@link ReadOnlyTarget.resolve}.
 *
 * @throws InvalidReferenceError when it has neither tag nor digest
 */
export function requireTagOrDigest(reference: { tagOrDigest: string | undefined; toString(): string }): string {
  if (reference.tagOrDigest !== undefined) return reference.tagOrDigest;
  throw new InvalidReferenceError(`${reference} names no tag and no digest: add one, as in ${reference}:v1`);
}
