/** The annotation keys this package reads or writes (image-spec, annotations.md, and ORAS' own). */
export const annotationKeys = {
  /** File name of a layer. */
  title: 'org.opencontainers.image.title',
  /** When the artifact was made, RFC 3339. */
  created: 'org.opencontainers.image.created',
  /** Tag of a manifest in an image layout. */
  refName: 'org.opencontainers.image.ref.name',
  /** `true` when the layer is a directory as a gzipped tar archive, to be unpacked on pull. */
  unpack: 'io.deis.oras.content.unpack',
  /** Digest of the directory's tar archive before compression. */
  contentDigest: 'io.deis.oras.content.digest',
} as const;
