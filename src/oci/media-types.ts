/** The media types of the image-spec (media-types.md), Docker's equivalents, and ORAS' defaults. */
export const mediaTypes = {
  /** An image manifest. */
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  /** An image index. */
  index: 'application/vnd.oci.image.index.v1+json',
  /** The configuration of a container image. */
  config: 'application/vnd.oci.image.config.v1+json',
  /** The empty JSON object, `{}`: a placeholder where a manifest needs a blob without content. */
  empty: 'application/vnd.oci.empty.v1+json',
  /** A layer as a tar archive; also ORAS' default for files. */
  layerTar: 'application/vnd.oci.image.layer.v1.tar',
  /** A layer as a gzipped tar archive. */
  layerTarGzip: 'application/vnd.oci.image.layer.v1.tar+gzip',
  /** Docker's image manifest. */
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  /** Docker's image index. */
  dockerIndex: 'application/vnd.docker.distribution.manifest.list.v2+json',
  /** Bytes of an unknown type. */
  octetStream: 'application/octet-stream',
} as const;

const imageConfigs: readonly string[] = [mediaTypes.config, 'application/vnd.docker.container.image.v1+json'];
const manifests: readonly string[] = [mediaTypes.manifest, mediaTypes.dockerManifest];
const indexes: readonly string[] = [mediaTypes.index, mediaTypes.dockerIndex];
/**
 * Media types of retired manifest formats: registries still store them; this package fetches but does not parse them.
 */
const retired = {
  ociArtifact: 'application/vnd.oci.artifact.manifest.v1+json',
  orasArtifact: 'application/vnd.cncf.oras.artifact.manifest.v1+json',
  dockerSchema1: 'application/vnd.docker.distribution.manifest.v1+json',
  dockerSchema1Signed: 'application/vnd.docker.distribution.manifest.v1+prettyjws',
};
/** Generic media types: servers send them when they do not know the type of the content. */
const meaningless = ['text/plain', 'application/json', mediaTypes.octetStream, 'binary/octet-stream'];

/** The media type of Docker's schema 1 manifests, which have no `mediaType` field. */
export const dockerSchema1: string = retired.dockerSchema1;

/** The media types of manifests and indexes, in the order of preference. */
export const manifestMediaTypes: readonly string[] = [
  mediaTypes.manifest,
  mediaTypes.index,
  mediaTypes.dockerManifest,
  mediaTypes.dockerIndex,
];

/** Tells whether this is the type of a manifest of one artifact or image; ignores parameters of the type. */
export function isManifestType(mediaType: string): boolean {
  return manifests.includes(withoutParameters(mediaType));
}

/** Tells whether this is the type of an index, a list of manifests; ignores parameters of the type. */
export function isIndexType(mediaType: string): boolean {
  return indexes.includes(withoutParameters(mediaType));
}

/** Tells whether registries store content of this type as a manifest, also types that this package does not parse. */
export function isKeptAsManifest(mediaType: string): boolean {
  const type = withoutParameters(mediaType);
  return manifestMediaTypes.includes(type) || Object.values(retired).includes(type);
}

/** Tells whether content of this type is certainly a blob and not a manifest: generic types, layers, image configs. */
export function isBlobType(mediaType: string): boolean {
  const isLayer = /^application\/vnd\.(?:oci\.image\.layer|docker\.image\.rootfs)\./.test(mediaType);
  return isLayer || !saysWhatItIs(mediaType) || [...imageConfigs, mediaTypes.empty].includes(mediaType);
}

/**
 * Tells whether this is the type of a layer that must not be distributed, only fetched from its `urls` (image-spec,
 * layer.md, "Non-Distributable Layers"; Docker's foreign layers).
 */
export function isForeignLayer(mediaType: string): boolean {
  return /^application\/vnd\.(?:oci\.image\.layer\.nondistributable|docker\.image\.rootfs\.foreign)\b/.test(mediaType);
}

/** Tells whether a media type is valid and specific; `application/octet-stream` and other generic types are not. */
export function saysWhatItIs(mediaType: string): boolean {
  const type = withoutParameters(mediaType);
  return isMediaType(type) && !meaningless.includes(type);
}

/** Tells whether this is the type of a container image's config. */
export function isImageConfigType(mediaType: string): boolean {
  return imageConfigs.includes(mediaType);
}

/** One part of RFC 6838, section 4.2: the character class repeats without overlap, so matching is linear. */
const part = '[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}';
const grammar = new RegExp(`^${part}/${part}$`);

/** Tells whether `text` is a media type without parameters (RFC 6838, section 4.2). */
export function isMediaType(text: string): boolean {
  return grammar.test(text);
}

/** A `Content-Type` without its parameters, in lower case (RFC 9110, section 8.3). */
export function withoutParameters(contentType: string): string {
  return (contentType.split(';', 1)[0] ?? '').trim().toLowerCase();
}
