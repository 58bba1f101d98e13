import { blobOf } from '../../bytes/streams.ts';
import { InvalidManifestError } from '../../errors.ts';
import { annotationKeys, checkAnnotations } from '../../oci/annotations.ts';
import { describe, emptyDescriptor, emptyJson } from '../../oci/descriptor.ts';
import { checkManifestSize } from '../../oci/manifest.ts';
import { isMediaType, mediaTypes } from '../../oci/media-types.ts';
import { checkTag } from '../../oci/reference.ts';
import { descriptorProblem } from '../../oci/schemas/descriptor.ts';
import { serializeManifest } from '../../oci/serialize.ts';
import { checkOptions, checkTarget } from '../../target/arguments.ts';
import { pushUnlessThere } from '../../target/content.ts';
import { listening } from '../../target/listening.ts';
import { pushWithTags } from '../../target/push-with-tags.ts';
import type { Target } from '../../target/target.ts';
import type { UploadOptions } from '../../target/upload-options.ts';
import type { Annotations, Descriptor, Manifest } from '../../types.ts';

/** Options of a manifest. */
export interface ManifestContent {
  /** Type of the artifact. Default, as in oras: `application/vnd.unknown.artifact.v1`, unless there is a config. */
  artifactType?: string | undefined;
  /** The config, an already stored blob. Default: the empty JSON object. */
  config?: Descriptor | undefined;
  /** The layers, already stored blobs. Default: one empty JSON object, as the image-spec recommends. */
  layers?: readonly Descriptor[] | undefined;
  /** The subject: the manifest this one refers to. Only its media type, digest and size are written, as oras does. */
  subject?: Descriptor | undefined;
  /** Annotations of the manifest. */
  annotations?: Annotations | undefined;
  /** Creation time. Default: none, so that the same content always has the same digest. */
  created?: Date | string | undefined;
}

/** A manifest with its bytes and its descriptor; the descriptor includes artifact type and annotations. */
export interface PackedManifest {
  /** The descriptor of the manifest. */
  descriptor: Descriptor;
  /** The manifest. */
  manifest: Manifest;
  /** The bytes of the manifest: equal to those of oras for the same content. */
  bytes: Uint8Array<ArrayBuffer>;
}

const unknownArtifact = 'application/vnd.unknown.artifact.v1';
/** RFC 3339, section 5.6. */
const dateTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

/**
 * Makes a manifest in memory without pushing it (image-spec, manifest.md, "Guidelines for Artifact Usage").
 *
 * @throws InvalidManifestError when a media type breaks RFC 6838, `created` breaks RFC 3339, an annotation is not text,
 *   or a descriptor has no digest or no size
 * @throws TooLargeError when it is larger than 4 MiB, the limit of registries
 */
export function buildManifest(content: ManifestContent): PackedManifest {
  const { config = { ...emptyDescriptor } } = content;
  const subject = content.subject && bare(content.subject);
  const layers = content.layers?.length ? [...content.layers] : [{ ...emptyDescriptor }];
  const artifactType = content.artifactType ?? (config.mediaType === mediaTypes.empty ? unknownArtifact : undefined);
  checkAnnotations(content.annotations, 'the manifest');
  const annotations = withCreated(content);
  if (artifactType !== undefined) checkMediaType(artifactType);
  checkDescriptor(config, 'config', 'the config');
  for (const [i, layer] of layers.entries()) {
    checkDescriptor(layer, `layers[${i}]`, layer.annotations?.[annotationKeys.title] ?? `layer ${i + 1}`);
  }
  if (subject) checkDescriptor(subject, 'subject', 'the subject');
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    ...(artifactType && { artifactType }),
    config,
    layers,
    ...(subject && { subject }),
    ...(annotations && { annotations }),
  };
  const bytes = serializeManifest(manifest);
  checkManifestSize(bytes.byteLength);
  const descriptor = describe(mediaTypes.manifest, bytes);
  return {
    descriptor: { ...descriptor, ...(annotations && { annotations }), ...(artifactType && { artifactType }) },
    manifest,
    bytes,
  };
}

/** Only three fields, as oras does: the subject's own annotations are not repeated. */
function bare({ mediaType, digest, size }: Descriptor): Descriptor {
  return { mediaType, digest, size };
}

function checkDescriptor(descriptor: Descriptor, path: string, name: string): void {
  const problem = descriptorProblem(descriptor, path);
  if (problem !== undefined) throw new InvalidManifestError(`The manifest cannot be made: ${problem}`);
  checkMediaType(descriptor.mediaType);
  checkAnnotations(descriptor.annotations, name);
}

function checkMediaType(type: string): void {
  if (typeof type === 'string' && isMediaType(type)) return;
  throw new InvalidManifestError(
    `${JSON.stringify(type)} is not a media type: expected type/subtype, as in text/plain`,
  );
}

function withCreated({ annotations, created }: ManifestContent): Annotations | undefined {
  const time = created instanceof Date ? created.toISOString().replace(/\.\d+Z$/, 'Z') : created;
  const all = { ...annotations, ...(time === undefined ? {} : { [annotationKeys.created]: time }) };
  const said = all[annotationKeys.created];
  if (said !== undefined && (!dateTime.test(said) || Number.isNaN(Date.parse(said)))) {
    throw new InvalidManifestError(
      `${JSON.stringify(said)} is not a time: expected RFC 3339, as in 2026-01-31T12:00:00Z`,
    );
  }
  return Object.keys(all).length > 0 ? all : undefined;
}

/** Options of {@link packManifest}. */
export interface PackManifestOptions extends ManifestContent, UploadOptions {
  /** Tags of the manifest; undefined ones are ignored. Default: none, it is stored by digest only. */
  tags?: readonly (string | undefined)[] | undefined;
}

/**
 * Makes a manifest of already stored content, pushes it, and tags it.
 *
 * @throws InvalidManifestError when it would break the image-spec; nothing is stored then
 * @throws TooLargeError when it is larger than 4 MiB; nothing is stored then
 * @throws InvalidReferenceError when a tag breaks the grammar; nothing is stored then
 * @throws ReferrersError when it is stored, but cannot be listed as a referrer of its subject
 * @throws TypeError when the target or an option has the wrong type; nothing is stored then
 */
export async function packManifest(target: Target, options: PackManifestOptions = {}): Promise<PackedManifest> {
  checkTarget(target, 'push');
  checkOptions(options);
  const packed = buildManifest(options);
  const tags = tagsOf(options.tags ?? []);
  await listening(options, (heard) => storeManifest(target, packed, tags, heard));
  return packed;
}

/** The tags that are set, each once.
 *
 * @throws InvalidReferenceError when a tag breaks the grammar
 */
export function tagsOf(tags: readonly (string | undefined)[]): string[] {
  const names = [...new Set(tags)].filter((tag) => (tag ?? undefined) !== undefined) as string[];
  for (const name of names) checkTag(name);
  return names;
}

/**
 * Pushes a manifest that was made in memory, and the empty blob if it uses that, and tags it. `tags` is the result of
 * {@link tagsOf}.
 *
 * @throws ReferrersError when it is stored, but cannot be listed as a referrer of its subject
 */
export async function storeManifest(
  target: Target,
  { descriptor, manifest, bytes }: PackedManifest,
  tags: readonly string[],
  options: UploadOptions = {},
): Promise<void> {
  const empty = [manifest.config, ...manifest.layers].find(({ digest }) => digest === emptyDescriptor.digest);
  if (empty) await pushUnlessThere(target, empty, blobOf(emptyJson), options);
  await pushWithTags(target, descriptor, blobOf(bytes), tags, options);
}
