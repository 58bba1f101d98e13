import { blobOf } from '../../bytes/streams.ts';
import { InvalidManifestError } from '../../errors.ts';
import { isObject, shown } from '../../json/values.ts';
import { describe } from '../../oci/descriptor.ts';
import type { DigestAlgorithm } from '../../oci/digest.ts';
import { checkManifestSize, manifestTypeOf, parseManifest } from '../../oci/manifest.ts';
import { isIndexType, isManifestType, isMediaType, withoutParameters } from '../../oci/media-types.ts';
import { serializeIndex, serializeManifest } from '../../oci/serialize.ts';
import { checkOptions, checkTarget } from '../../target/arguments.ts';
import { listening } from '../../target/listening.ts';
import { pushWithTags } from '../../target/push-with-tags.ts';
import type { ReferencedManifest, Target } from '../../target/target.ts';
import type { UploadOptions } from '../../target/upload-options.ts';
import type { Index, Manifest } from '../../types.ts';
import { tagsOf } from '../push/store.ts';

/** Options of {@link pushManifest}. */
export interface PushManifestOptions extends UploadOptions {
  /**
   * Media type of the manifest. Default: its own `mediaType`, or the one that its fields imply; it must be given for a
   * manifest of another kind without `mediaType`.
   */
  mediaType?: string | undefined;
  /** Tags of the manifest; undefined ones are ignored. Default: none, it is stored by digest only. */
  tags?: readonly (string | undefined)[] | undefined;
  /** Digest algorithm of the manifest; few registries store manifests under sha512. Default: sha256. */
  algorithm?: DigestAlgorithm | undefined;
}

/**
 * Pushes a manifest or an index of any type, and tags it. Bytes and text are stored as they are. An object is serialized as
 * oras does: fields in Go's order, unknown ones last. What it refers to must be stored already.
 *
 * @example
 * import { MemoryStorage, mediaTypes, OciLayout, pushBlob, pushManifest } from 'oras-js';
 *
 * const layout = new OciLayout(new MemoryStorage());
 * const config = await pushBlob(layout, '{}', { mediaType: 'application/vnd.example.config+json' });
 * const manifest = { schemaVersion: 2 as const, mediaType: mediaTypes.manifest, config, layers: [] };
 * const { descriptor } = await pushManifest(layout, manifest, { tags: ['v1', 'latest'] });
 *
 * @throws InvalidManifestError when it is not a JSON object, breaks the image-spec, or has no media type, or another
 *   one; nothing is stored then
 * @throws TooLargeError when it is larger than 4 MiB; nothing is stored then
 * @throws InvalidReferenceError when a tag breaks the grammar; nothing is stored then
 * @throws ReferrersError when it is stored, but cannot be listed as a referrer of its subject
 * @throws TypeError when the target, the manifest or an option has the wrong type; nothing is stored then
 */
export async function pushManifest(
  target: Target,
  manifest: Uint8Array | string | Manifest | Index,
  options: PushManifestOptions = {},
): Promise<ReferencedManifest> {
  checkTarget(target, 'push');
  checkOptions(options);
  const bytes = bytesOf(manifest);
  checkManifestSize(bytes.byteLength);
  const mediaType = typeOf(bytes, options.mediaType);
  const tags = tagsOf(options.tags ?? []);
  const descriptor = describe(mediaType, bytes, algorithmOf(options));
  await listening(options, (heard) => pushWithTags(target, descriptor, blobOf(bytes), tags, heard));
  return { descriptor, bytes };
}

function bytesOf(manifest: Uint8Array | string | Manifest | Index): Uint8Array<ArrayBuffer> {
  if (typeof manifest === 'string') return new TextEncoder().encode(manifest);
  if (manifest instanceof Uint8Array) return manifest.slice();
  if (!isObject(manifest)) throw new TypeError(`A manifest is bytes, text or an object, not ${shown(manifest)}`);
  const isIndex = 'manifests' in manifest && (manifest as Partial<Index>).manifests !== undefined;
  return isIndex ? serializeIndex(manifest as Index) : serializeManifest(manifest as Manifest);
}

/** The media type to push under: registries refuse another one than the manifest's own. */
function typeOf(bytes: Uint8Array, given: string | undefined): string {
  const own = manifestTypeOf(bytes);
  const type = given ?? own;
  if (type === undefined) {
    throw new InvalidManifestError('The manifest does not say what it is: give its `mediaType`');
  }
  if (!isMediaType(type)) throw new InvalidManifestError(`${shown(type)} is not a media type`);
  if (own !== undefined && withoutParameters(type) !== own) {
    throw new InvalidManifestError(`The manifest calls itself ${own}, so that it cannot be pushed as ${type}`);
  }
  if (isIndexType(type) || isManifestType(type)) parseManifest(bytes, { contentType: type });
  return type;
}

function algorithmOf({ algorithm = 'sha256' }: PushManifestOptions): DigestAlgorithm {
  if (algorithm === 'sha256' || algorithm === 'sha512') return algorithm;
  throw new TypeError(`The option algorithm must be sha256 or sha512, not ${shown(algorithm)}`);
}
