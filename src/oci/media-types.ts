/** The media types of the image-spec (media-types.md), Docker's for the same things, and ORAS' defaults. */
export const mediaTypes = {
  /** An image manifest. */
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  /** An image index. */
  index: 'application/vnd.oci.image.index.v1+json',
  /** The configuration of a container image. */
  config: 'application/vnd.oci.image.config.v1+json',
  /** Two bytes, `{}`: stands where a manifest has nothing to say. */
  empty: 'application/vnd.oci.empty.v1+json',
  /** A layer as a tar archive; also what ORAS calls a file of unknown type. */
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
/** Manifests of former specifications: registries still have them, and their bytes can be had. */
const retired = {
  ociArtifact: 'application/vnd.oci.artifact.manifest.v1+json',
  orasArtifact: 'application/vnd.cncf.oras.artifact.manifest.v1+json',
  dockerSchema1: 'application/vnd.docker.distribution.manifest.v1+json',
  dockerSchema1Signed: 'application/vnd.docker.distribution.manifest.v1+prettyjws',
};
/** What servers say that do not know. */
const meaningless = ['text/plain', 'application/json', mediaTypes.octetStream, 'binary/octet-stream'];

/** The type of Docker's manifests of schema 1, which do not say it. */
export const dockerSchema1: string = retired.dockerSchema1;

/** The media types of manifests and indexes, in the order of preference. */
export const manifestMediaTypes: readonly string[] = [
  mediaTypes.manifest,
  mediaTypes.index,
  mediaTypes.dockerManifest,
  mediaTypes.dockerIndex,
];

/** Tells whether content of this type is a manifest of one artifact or image; parameters of the type do not matter. */
export function isManifestType(mediaType: string): boolean {
  return manifests.includes(withoutParameters(mediaType));
}

/** Tells whether content of this type is an index: a list of manifests; parameters of the type do not matter. */
export function isIndexType(mediaType: string): boolean {
  return indexes.includes(withoutParameters(mediaType));
}

/** Tells whether registries keep content of this type as a manifest, also where it is not read here. */
export function isKeptAsManifest(mediaType: string): boolean {
  const type = withoutParameters(mediaType);
  return manifestMediaTypes.includes(type) || Object.values(retired).includes(type);
}

/** Tells whether content of this type is known to be no manifest: any bytes, layers, and configs of images. */
export function isBlobType(mediaType: string): boolean {
  const isLayer = /^application\/vnd\.(?:oci\.image\.layer|docker\.image\.rootfs)\./.test(mediaType);
  return isLayer || !saysWhatItIs(mediaType) || [...imageConfigs, mediaTypes.empty].includes(mediaType);
}

/** Tells whether a media type says what content is: what is no media type, or that of any bytes, does not. */
export function saysWhatItIs(mediaType: string): boolean {
  const type = withoutParameters(mediaType);
  return isMediaType(type) && !meaningless.includes(type);
}

/** Tells whether content of this type is the configuration of a container image. */
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
