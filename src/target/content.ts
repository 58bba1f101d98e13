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
  /** Largest content that is read, in bytes. Default 4 MiB. */
  limit?: number | undefined;
}

/**
 * Content in memory, verified.
 *
 * @throws TooLargeError when the descriptor or the content is larger than `limit`; nothing is allocated by what it says
 * @throws NotFoundError when it is not there
 * @throws MismatchError when size or digest are wrong
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
  return readAll(await target.fetch(descriptor, { signal }), limit, signal);
}

/** A manifest or an index with its descriptor and its exact bytes. */
export type FetchedManifest = ReferencedManifest & ParsedManifest;

/** A manifest may be odd in every one of its fields. */
const mostWarnings = 20;

/**
 * A manifest or an index, by tag, digest or descriptor: its exact bytes, what they say, and their descriptor. A field that
 * is `null` is one that is not set, and an optional field that cannot be used is left out, with a warning. An entry of an
 * index without a digest or a size is left out, too.
 *
 * @throws NotFoundError when it is not there
 * @throws TooLargeError above 4 MiB
 * @throws UnsupportedError when it is of another type than OCI's and Docker's (schema 2); {@link fetchBytes} gives its bytes
 * @throws InvalidManifestError when it breaks the image-spec
 * @throws MismatchError when its bytes are not those of its digest
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
  // A registry that compresses may have said another size.
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
 * Stores a Blob, bytes or text as a blob of the target, unless it is there already, and describes it. A Blob is read
 * twice, piece by piece: for its digest, and to be sent.
 *
 * @throws InvalidManifestError when an annotation is no text; nothing is stored then
 * @throws TypeError when the content is something else; nothing is stored then
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

/** Stores content unless it is there already, and reports which of both it was. */
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

/** The part of a reference that a target resolves.
 *
 * @throws InvalidReferenceError when it has neither tag nor digest
 */
export function requireTagOrDigest(reference: { tagOrDigest: string | undefined; toString(): string }): string {
  if (reference.tagOrDigest !== undefined) return reference.tagOrDigest;
  throw new InvalidReferenceError(`${reference} names no tag and no digest: add one, as in ${reference}:v1`);
}
