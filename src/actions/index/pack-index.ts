import { blobOf } from '../../bytes/streams.ts';
import { checkAnnotations } from '../../oci/annotations.ts';
import { describe } from '../../oci/descriptor.ts';
import { checkManifestSize } from '../../oci/manifest.ts';
import { mediaTypes } from '../../oci/media-types.ts';
import { serializeIndex } from '../../oci/serialize.ts';
import { checkOptions, checkTarget } from '../../target/arguments.ts';
import { listening } from '../../target/listening.ts';
import { pushWithTags } from '../../target/push-with-tags.ts';
import type { Target } from '../../target/target.ts';
import type { UploadOptions } from '../../target/upload-options.ts';
import type { Annotations, Descriptor, Index } from '../../types.ts';
import { bare, checkDescriptor, checkMediaType } from '../push/pack.ts';
import { tagsOf } from '../push/store.ts';
import { entriesOf } from './entries.ts';

/** Options of {@link packIndex}. */
export interface PackIndexOptions extends UploadOptions {
  /**
   * The manifests of the index, in order: each by tag, by digest, or as a descriptor; all in the same target. An entry
   * gets the platform in the config of its image, unless its descriptor has one. Default: none.
   */
  manifests?: readonly (string | Descriptor)[] | undefined;
  /** Type of the artifact. Default: none. */
  artifactType?: string | undefined;
  /** The subject: the manifest this index refers to. Only its media type, digest and size are written. Default: none. */
  subject?: Descriptor | undefined;
  /** Annotations of the index. Default: none. */
  annotations?: Annotations | undefined;
  /** Tags of the index; undefined ones are ignored. Default: none, it is stored by digest only. */
  tags?: readonly (string | undefined)[] | undefined;
}

/** An index with its bytes and its descriptor; the descriptor includes artifact type and annotations. */
export interface PackedIndex {
  /** The descriptor of the index. */
  descriptor: Descriptor;
  /** The index. */
  index: Index;
  /** The bytes of the index: equal to those of oras for the same content. */
  bytes: Uint8Array<ArrayBuffer>;
}

/**
 * Makes an index of manifests that the target has, for example the images of an application for several platforms, pushes
 * it, and tags it (image-spec, image-index.md).
 *
 * @example
 * import { packIndex } from 'oras-js';
 *
 * const repository = registry.repository('localhost:5000/org/app');
 * await packIndex(repository, { manifests: ['v1-amd64', 'v1-arm64'], tags: ['v1', 'latest'] });
 *
 * @throws NotFoundError when the target does not have one of the manifests; nothing is stored then
 * @throws InvalidManifestError when it would break the image-spec; nothing is stored then
 * @throws TooLargeError when it is larger than 4 MiB; nothing is stored then
 * @throws InvalidReferenceError when a tag breaks the grammar; nothing is stored then
 * @throws ReferrersError when it is stored, but cannot be listed as a referrer of its subject
 * @throws TypeError when the target or an option has the wrong type; nothing is stored then
 */
export async function packIndex(target: Target, options: PackIndexOptions = {}): Promise<PackedIndex> {
  checkTarget(target, 'push');
  checkOptions(options);
  const { manifests = [], artifactType, annotations } = options;
  const subject = options.subject && bare(options.subject);
  const tags = tagsOf(options.tags ?? []);
  checkAnnotations(annotations, 'the index');
  if (artifactType !== undefined) checkMediaType(artifactType);
  if (subject) checkDescriptor(subject, 'subject', 'the subject');
  return listening(options, async (heard) => {
    const index: Index = {
      schemaVersion: 2,
      mediaType: mediaTypes.index,
      ...(artifactType !== undefined && { artifactType }),
      manifests: await entriesOf(target, manifests, heard),
      ...(subject && { subject }),
      ...(annotations && Object.keys(annotations).length > 0 && { annotations }),
    };
    return storeIndex(target, index, tags, heard);
  });
}

/** Serializes an index, pushes it and tags it. */
export async function storeIndex(
  target: Target,
  index: Index,
  tags: readonly string[],
  options: UploadOptions,
): Promise<PackedIndex> {
  const { mediaType = mediaTypes.index, annotations, artifactType } = index;
  const bytes = serializeIndex(index);
  checkManifestSize(bytes.byteLength);
  const descriptor = {
    ...describe(mediaType, bytes),
    ...(annotations && { annotations }),
    ...(artifactType && { artifactType }),
  };
  await pushWithTags(target, descriptor, blobOf(bytes), tags, options);
  return { descriptor, index, bytes };
}
