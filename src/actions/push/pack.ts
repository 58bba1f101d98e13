import { InvalidManifestError, UnsupportedError } from '../../errors.ts';
import { annotationKeys, checkAnnotations } from '../../oci/annotations.ts';
import { describe, emptyDescriptor } from '../../oci/descriptor.ts';
import { checkManifestSize } from '../../oci/manifest.ts';
import { isMediaType, mediaTypes } from '../../oci/media-types.ts';
import { descriptorProblem } from '../../oci/schemas/descriptor.ts';
import { serializeManifest } from '../../oci/serialize.ts';
import { checkOptions, checkTarget } from '../../target/arguments.ts';
import { listening } from '../../target/listening.ts';
import type { Target } from '../../target/target.ts';
import type { UploadOptions } from '../../target/upload-options.ts';
import type { Annotations, Descriptor, Manifest } from '../../types.ts';
import { storeManifest, tagsOf } from './store.ts';

/** Options of a manifest. */
export interface ManifestContent {
  /**
   * Version of the image-spec whose guidelines the manifest follows. `1.0` is for registries that refuse new fields: the
   * type of the artifact is the media type of the config, there may be no layers, and there is no subject. Default: `1.1`.
   */
  imageSpec?: '1.1' | '1.0' | undefined;
  /**
   * Type of the artifact. Default, as in oras: `application/vnd.unknown.artifact.v1`, unless there is a config; with
   * image-spec 1.0 `application/vnd.unknown.config.v1+json`, and ignored if there is a config.
   */
  artifactType?: string | undefined;
  /** The config, an already stored blob. Default: the empty JSON object. */
  config?: Descriptor | undefined;
  /**
   * The layers, already stored blobs. Default: one empty JSON object, as the image-spec recommends; none with
   * image-spec 1.0.
   */
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
/** As oras names it for image-spec 1.0. */
const unknownConfig = 'application/vnd.unknown.config.v1+json';
/** RFC 3339, section 5.6. */
const dateTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

/**
 * Makes a manifest in memory without pushing it (image-spec, manifest.md, "Guidelines for Artifact Usage").
 *
 * @throws InvalidManifestError when a media type breaks RFC 6838, `created` breaks RFC 3339, an annotation is not text,
 *   or a descriptor has no digest or no size
 * @throws TooLargeError when it is larger than 4 MiB, the limit of registries
 * @throws UnsupportedError when a subject is given with image-spec 1.0, or the version is unknown
 */
export function buildManifest(content: ManifestContent): PackedManifest {
  const { config, layers, artifactType } = partsOf(content);
  const subject = content.subject && bare(content.subject);
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

/** The parts that depend on the version of the image-spec. */
function partsOf(content: ManifestContent): Pick<Manifest, 'config' | 'layers' | 'artifactType'> {
  const { imageSpec = '1.1', config = { ...emptyDescriptor }, artifactType } = content;
  const layers = [...(content.layers ?? [])];
  if (imageSpec === '1.0') {
    if (content.subject) {
      throw new UnsupportedError('A manifest of image-spec 1.0 has no subject', 'a subject with image-spec 1.0');
    }
    const { digest, size } = emptyDescriptor;
    return { layers, config: content.config ?? { mediaType: artifactType ?? unknownConfig, digest, size } };
  }
  if (imageSpec !== '1.1') {
    const version = JSON.stringify(imageSpec);
    throw new UnsupportedError(`The option imageSpec must be 1.1 or 1.0, not ${version}`, `image-spec ${version}`);
  }
  const isUntyped = config.mediaType === mediaTypes.empty;
  return {
    config,
    layers: layers.length > 0 ? layers : [{ ...emptyDescriptor }],
    artifactType: artifactType ?? (isUntyped ? unknownArtifact : undefined),
  };
}

/** Only three fields, as oras does: the subject's own annotations are not repeated. */
export function bare({ mediaType, digest, size }: Descriptor): Descriptor {
  return { mediaType, digest, size };
}

/** Checks a descriptor of a new manifest or index.
 *
 * @throws InvalidManifestError when it is invalid
 */
export function checkDescriptor(descriptor: Descriptor, path: string, name: string): void {
  const problem = descriptorProblem(descriptor, path);
  if (problem !== undefined) throw new InvalidManifestError(`The manifest cannot be made: ${problem}`);
  checkMediaType(descriptor.mediaType);
  checkAnnotations(descriptor.annotations, name);
}

/** Checks a media type of a new manifest or index.
 *
 * @throws InvalidManifestError when it breaks RFC 6838
 */
export function checkMediaType(type: string): void {
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
 * @throws UnsupportedError when a subject is given with image-spec 1.0; nothing is stored then
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
