/** A content digest, `algorithm:encoded`, for example `sha256:2c26b46b…` (image-spec, descriptor.md, "Digests"). */
export type Digest = string;

/** Annotations of a manifest, an index or a descriptor: both keys and values are text (image-spec, annotations.md). */
export type Annotations = Record<string, string>;

/** Annotations of the parts of an artifact: by file path, and under `$manifest` and `$config` (as in oras). */
export type AnnotationSet = Record<string, Annotations>;

/** The platform an image runs on (image-spec, image-index.md, `platform`). */
export interface Platform {
  /** CPU architecture, a GOARCH value: `amd64`, `arm64`, `arm`, … */
  architecture: string;
  /** Operating system, a GOOS value: `linux`, `windows`, `darwin`, … */
  os: string;
  /** Version of the operating system, for example `10.0.17763.1`. */
  'os.version'?: string | undefined;
  /** Features the operating system must have, for example `win32k`. */
  'os.features'?: string[] | undefined;
  /** Variant of the CPU, for example `v7` for 32-bit ARM. */
  variant?: string | undefined;
}

/** Describes content by media type, digest and size (image-spec, descriptor.md). */
export interface Descriptor {
  /** Media type of the content (RFC 6838). */
  mediaType: string;
  /** Digest of the content's bytes. */
  digest: Digest;
  /** Size of the content in bytes. */
  size: number;
  /** Other URLs of the content. This package never fetches them on its own. */
  urls?: string[] | undefined;
  /** Annotations of the content in this place. */
  annotations?: Annotations | undefined;
  /** The whole content as base64, inlined for small blobs. */
  data?: string | undefined;
  /** The platform the content runs on; used in an index. */
  platform?: Platform | undefined;
  /** Type of the artifact, when the content is a manifest. */
  artifactType?: string | undefined;
}

/** An image manifest: a config, layers, and an optional subject (image-spec, manifest.md). */
export interface Manifest {
  /** Always 2. */
  schemaVersion: 2;
  /** Media type of this manifest; old manifests leave it out. */
  mediaType?: string | undefined;
  /** Type of the artifact; absent on container images. */
  artifactType?: string | undefined;
  /** The configuration blob. */
  config: Descriptor;
  /** The content, base layer first. */
  layers: Descriptor[];
  /** The manifest this one refers to (a signature's image, for example). */
  subject?: Descriptor | undefined;
  /** Annotations of the manifest. */
  annotations?: Annotations | undefined;
}

/** An image index: a list of manifests, for example one per platform (image-spec, image-index.md). */
export interface Index {
  /** Always 2. */
  schemaVersion: 2;
  /** Media type of this index; old indexes leave it out. */
  mediaType?: string | undefined;
  /** Type of the artifact. */
  artifactType?: string | undefined;
  /** The manifests, or further indexes. */
  manifests: Descriptor[];
  /** The manifest this index refers to. */
  subject?: Descriptor | undefined;
  /** Annotations of the index. */
  annotations?: Annotations | undefined;
}

/** How a container of an image is run (image-spec, config.md, `config`). */
export interface ImageExecution {
  /** User, and optionally group, by name or number. */
  User?: string | undefined;
  /** Ports to expose, as in `80/tcp`; the values are empty. */
  ExposedPorts?: Record<string, Record<never, never>> | undefined;
  /** Environment variables, as in `PATH=/bin`. */
  Env?: string[] | undefined;
  /** The command. */
  Entrypoint?: string[] | undefined;
  /** Default arguments of the command, or the command if there is no entrypoint. */
  Cmd?: string[] | undefined;
  /** Directories of volumes; the values are empty. */
  Volumes?: Record<string, Record<never, never>> | undefined;
  /** Working directory of the command. */
  WorkingDir?: string | undefined;
  /** Labels of the container. */
  Labels?: Record<string, string> | undefined;
  /** Signal that ends the container, as in `SIGTERM`. */
  StopSignal?: string | undefined;
  /** Whether the command is one escaped line; on Windows only. */
  ArgsEscaped?: boolean | undefined;
}

/** The layers of an image, before compression (image-spec, config.md, `rootfs`). */
export interface RootFs {
  /** Always `layers`. */
  type: string;
  /** The digest of each layer's tar archive, base layer first. */
  diff_ids: Digest[];
}

/** How one layer of an image was made (image-spec, config.md, `history`). */
export interface HistoryEntry {
  /** When, RFC 3339. */
  created?: string | undefined;
  /** By whom. */
  author?: string | undefined;
  /** The command that made it. */
  created_by?: string | undefined;
  /** A remark. */
  comment?: string | undefined;
  /** Whether it changed no files, and thus has no layer. */
  empty_layer?: boolean | undefined;
}

/** The config of a container image (image-spec, config.md). */
export interface ImageConfig extends Platform {
  /** When the image was created, RFC 3339. */
  created?: string | undefined;
  /** Who created it. */
  author?: string | undefined;
  /** How a container of it is run. */
  config?: ImageExecution | undefined;
  /** Its layers, before compression. */
  rootfs: RootFs;
  /** How its layers were made, base layer first. */
  history?: HistoryEntry[] | undefined;
}

/** One error as a registry reports it (distribution-spec, "Error Codes"). */
export interface RegistryErrorDetail {
  /** The code, for example `MANIFEST_UNKNOWN`. */
  code: string;
  /** The registry's message; may be empty. */
  message: string;
  /** Further data of the registry, unchecked. */
  detail?: unknown;
}
