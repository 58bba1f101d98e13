import { maxManifestSize } from '../../oci/manifest.ts';
import { MemoryStorage } from '../../storage/memory.ts';
import type { StorageAdapter } from '../../storage/storage.ts';
import { Auth, type AuthOptions } from '../auth/auth.ts';
import type { CorsOptions } from '../http/cors.ts';

const mebibyte = 1024 * 1024;

/** Options of {@link createRegistryServer}. */
export interface RegistryServerOptions {
  /**
   * Storage of all content; one registry at a time may use it. Repository `a/b` is an OCI image layout in
   * `a/b/_layout`. Default: memory.
   */
  storage?: StorageAdapter | undefined;
  /**
   * CORS: which web pages of other origins may use the registry: none, all, or some. Default true: all, as tests and
   * demos need it. Set it to false, or to the origins you know, whenever content matters and there is no `auth`: a
   * browser lets every page send requests to a registry on its own machine.
   */
  cors?: boolean | CorsOptions | undefined;
  /** Authentication and authorization. Default: everyone may do everything. */
  auth?: AuthOptions | undefined;
  /** Whether tags, manifests and blobs can be deleted. Default true. */
  deletion?: boolean | undefined;
  /** Whether manifests may refer to missing blobs and manifests. Default false. */
  sparse?: boolean | undefined;
  /** Maximum size of a manifest in bytes; a larger one gets 413. Default 4 MiB, which clients can rely on. */
  maxManifestSize?: number | undefined;
  /** Maximum size of a blob in bytes; a larger one gets 413. Default: no limit. */
  maxBlobSize?: number | undefined;
  /**
   * Maximum size of all content in bytes; above it uploads get 507. Default: no limit, and 2 GiB without a `storage`.
   */
  capacity?: number | undefined;
  /** Maximum number of uploads in progress; further ones get 429. Default 1000. */
  maxUploads?: number | undefined;
  /** Lifetime of an upload session in milliseconds; its data is removed afterwards. Default: a day. */
  uploadLifetime?: number | undefined;
  /** Called for internal errors, which get a 500 without details. Default: not called. */
  onError?: ((error: unknown, request: Request) => void) | undefined;
  /** The time in milliseconds, for tests. Default `Date.now`. */
  now?: (() => number) | undefined;
}

/** The options with their defaults. */
export interface Settings {
  /** Storage of all content. */
  storage: StorageAdapter;
  /** CORS; undefined when no page of another origin may use the registry. */
  cors: CorsOptions | undefined;
  /** Authentication; undefined when everyone may do everything. */
  auth: Auth | undefined;
  /** Whether deletions are enabled. */
  deletion: boolean;
  /** Whether manifests may refer to missing content. */
  sparse: boolean;
  /** Maximum size of a manifest in bytes. */
  maxManifestSize: number;
  /** Maximum size of a blob in bytes. */
  maxBlobSize: number;
  /** Maximum size of all content in bytes. */
  capacity: number;
  /** Maximum number of uploads in progress. */
  maxUploads: number;
  /** Lifetime of an upload session in milliseconds. */
  uploadLifetime: number;
  /** Called for internal errors. */
  onError: (error: unknown, request: Request) => void;
  /** The time in milliseconds. */
  now: () => number;
}

/**
 * Applies the defaults.
 *
 * @throws RangeError when a limit is not a positive number
 */
export function settingsOf(options: RegistryServerOptions): Settings {
  const { cors = true, storage, auth, now = Date.now } = options;
  return {
    storage: storage ?? new MemoryStorage(),
    cors: cors === true ? {} : cors || undefined,
    auth: auth && new Auth(auth, now),
    deletion: options.deletion ?? true,
    sparse: options.sparse ?? false,
    maxManifestSize: limit('maxManifestSize', options.maxManifestSize ?? maxManifestSize),
    maxBlobSize: limit('maxBlobSize', options.maxBlobSize ?? Number.POSITIVE_INFINITY),
    capacity: limit('capacity', options.capacity ?? (storage ? Number.POSITIVE_INFINITY : 2048 * mebibyte)),
    maxUploads: limit('maxUploads', options.maxUploads ?? 1000),
    uploadLifetime: limit('uploadLifetime', options.uploadLifetime ?? 24 * 60 * 60 * 1000),
    onError: options.onError ?? (() => {}),
    now,
  };
}

function limit(name: string, value: number): number {
  if (!(value > 0)) throw new RangeError(`${name} must be more than 0, not ${value}`);
  return value;
}
