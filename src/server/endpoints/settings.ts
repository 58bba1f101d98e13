import { maxManifestSize } from '../../oci/manifest.ts';
import { MemoryStorage } from '../../storage/memory.ts';
import type { StorageAdapter } from '../../storage/storage.ts';
import { Auth, type AuthOptions } from '../auth/auth.ts';
import type { CorsOptions } from '../http/cors.ts';

const mebibyte = 1024 * 1024;

/** Options of {@link createRegistryServer}. */
export interface RegistryServerOptions {
  /**
   * Where everything is kept; one registry at a time may use it. Repository `a/b` is an OCI image layout in
   * `a/b/_layout`. Default: memory.
   */
  storage?: StorageAdapter | undefined;
  /**
   * Which pages of other origins may use the registry: none, all, or some. Default true: all, as tests and demos need
   * it. Set it to false, or to the origins you know, whenever content matters and there is no `auth`: a browser lets
   * every page send requests to a registry on its own machine.
   */
  cors?: boolean | CorsOptions | undefined;
  /** Who may use the registry, and how they say who they are. Default: everybody may do everything. */
  auth?: AuthOptions | undefined;
  /** Whether tags, manifests and blobs can be deleted. Default true. */
  deletion?: boolean | undefined;
  /** Whether manifests may name blobs and manifests that are not there. Default false. */
  sparse?: boolean | undefined;
  /** Largest manifest, in bytes; above it the answer is 413. Default 4 MiB, which clients can rely on. */
  maxManifestSize?: number | undefined;
  /** Largest blob, in bytes; above it the answer is 413. Default: any size. */
  maxBlobSize?: number | undefined;
  /** Most bytes kept altogether; above it the answer is 507. Default: any number, and 2 GiB without a `storage`. */
  capacity?: number | undefined;
  /** Most uploads in progress at a time; above it the answer is 429. Default 1000. */
  maxUploads?: number | undefined;
  /** How long an upload may be in progress, in milliseconds; its data is removed then. Default: a day. */
  uploadLifetime?: number | undefined;
  /** Told of errors that are answered with a bare 500. Default: nobody is told. */
  onError?: ((error: unknown, request: Request) => void) | undefined;
  /** The time in milliseconds, for tests. Default `Date.now`. */
  now?: (() => number) | undefined;
}

/** The options with their defaults. */
export interface Settings {
  /** Where everything is kept. */
  storage: StorageAdapter;
  /** Which pages may use the registry; undefined for none. */
  cors: CorsOptions | undefined;
  /** Who may use the registry; undefined for everybody. */
  auth: Auth | undefined;
  /** Whether anything can be deleted. */
  deletion: boolean;
  /** Whether manifests may name what is not there. */
  sparse: boolean;
  /** Largest manifest, in bytes. */
  maxManifestSize: number;
  /** Largest blob, in bytes. */
  maxBlobSize: number;
  /** Most bytes kept altogether. */
  capacity: number;
  /** Most uploads in progress. */
  maxUploads: number;
  /** How long an upload may be in progress, in milliseconds. */
  uploadLifetime: number;
  /** Told of unexpected errors. */
  onError: (error: unknown, request: Request) => void;
  /** The time in milliseconds. */
  now: () => number;
}

/** Puts the defaults where nothing was chosen.
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
