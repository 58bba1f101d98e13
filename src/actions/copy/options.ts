import type { ReadOnlyTarget } from '../../target/target.ts';
import type { UploadOptions } from '../../target/upload-options.ts';
import type { Descriptor, Platform } from '../../types.ts';

/** Functions that a copy calls. What they throw ends the copy, and is not changed. */
export interface CopyHooks {
  /**
   * Called for content that the target does not have, before it and what it refers to is copied; `'skip'` leaves it out,
   * with all that only it refers to. A target may refuse a manifest without its content.
   */
  beforeCopy?: ((descriptor: Descriptor) => unknown) | undefined;
  /** Called when content was copied. */
  afterCopy?: ((descriptor: Descriptor) => unknown) | undefined;
  /** Called for content that the target has; not for what a manifest refers to that it has. */
  onSkipped?: ((descriptor: Descriptor) => unknown) | undefined;
  /** Called instead of `afterCopy` for a blob that the registry mounted. */
  onMounted?: ((descriptor: Descriptor) => unknown) | undefined;
}

/** What {@link copy} and {@link mirror} copy of an artifact besides the artifact, and how. */
export interface GraphOptions extends UploadOptions, CopyHooks {
  /**
   * Copies the referrers, too: of the artifact, of each manifest in it, and of the referrers themselves; signatures and
   * SBOMs, for example. Default: false.
   */
  recursive?: boolean | undefined;
  /** Copies what cosign stores under tags of its own: `sha256-….sig`, `.att` and `.sbom`. Default: false. */
  cosign?: boolean | undefined;
  /**
   * Whether the content of manifests that the target has is checked, and copied where it is missing. `false` saves a
   * request for each, and trusts that a registry does not lose what its manifests refer to. Default: true.
   */
  checkExisting?: boolean | undefined;
}

/** What {@link copy} copies. */
export interface RootOptions {
  /**
   * Copies the manifest for this platform instead of the index, as in `linux/amd64`. An artifact without an index must be
   * for it. Default: all of the index.
   */
  platform?: Platform | string | undefined;
  /** Copies an index with its manifests for these platforms only, and their attestations. Default: all of the index. */
  platforms?: readonly (Platform | string)[] | undefined;
  /**
   * The index of a copy with `platforms`: `rewrite` leaves the other manifests out of it, which gives it another digest;
   * `keep` copies it unchanged, with manifests that are missing, which some registries refuse. Default: `rewrite`.
   */
  index?: 'keep' | 'rewrite' | undefined;
  /** Chooses what to copy instead of the artifact that was found. Default: the artifact. */
  mapRoot?: ((root: Descriptor, source: ReadOnlyTarget) => Descriptor | Promise<Descriptor>) | undefined;
}

/** Options of {@link copy}. */
export interface CopyOptions extends GraphOptions, RootOptions {}

/** What a copy did; each content is counted once. */
export interface CopyResult {
  /** What the target has now. */
  descriptor: Descriptor;
  /** Number of manifests and blobs that were copied. */
  copied: number;
  /** Number of manifests and blobs that the target had. What a manifest refers to that it had is not counted. */
  skipped: number;
  /** Number of blobs that the registry mounted from the source. */
  mounted: number;
  /** Layers that were left out because they must not be distributed; they are fetched from their `urls`. */
  foreign: Descriptor[];
}

/**
 * The tags to mirror: their names, patterns for names, or a function that tells whether to mirror a tag. When all are
 * names, the tags of the source are not listed.
 */
export type TagFilter = readonly (string | RegExp)[] | ((tag: string) => boolean | Promise<boolean>);

/** Options of {@link mirror}. */
export interface MirrorOptions extends CopyOptions {
  /**
   * The tags to mirror. Default: all, except those under which referrers are listed (`sha256-…`): a registry without a
   * referrers API keeps them itself; copy referrers by `recursive`.
   */
  tags?: TagFilter | undefined;
}

/** One tag of a mirror. */
export interface MirroredTag {
  /** The tag. */
  tag: string;
  /**
   * `equal`: the target had it. `copied`: it is new there. `updated`: it was moved there, or something was missing below
   * it.
   */
  action: 'copied' | 'updated' | 'equal';
  /** What the tag stands for at the target now. */
  descriptor: Descriptor;
}
