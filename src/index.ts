export {
  type CopyHooks,
  type CopyOptions,
  type CopyResult,
  copy,
  type GraphOptions,
  type RootOptions,
} from './actions/copy/copy.ts';
export { type MirroredTag, type MirrorOptions, mirror, type TagFilter } from './actions/copy/mirror.ts';
export { type AttachedArtifact, type AttachOptions, attach } from './actions/graph/attach.ts';
export { type DiscoveredReferrer, type DiscoverOptions, discover } from './actions/graph/discover.ts';
export { imageConfig } from './actions/image-config.ts';
export { type PackedIndex, type PackIndexOptions, packIndex } from './actions/index/pack-index.ts';
export { type PushManifestOptions, pushManifest } from './actions/index/push-manifest.ts';
export { type UpdateIndexOptions, updateIndex } from './actions/index/update-index.ts';
export { type InspectOptions, inspect } from './actions/inspect.ts';
export type { LayerFilter } from './actions/pull/filter.ts';
export { type PulledFile, type PullOptions, type PullResult, pull } from './actions/pull/pull.ts';
export type { OmittedEntry, OmittedReason } from './actions/pull/unpack/omitted.ts';
export type { EntryOptions } from './actions/push/directory-entries.ts';
export type {
  FileInput,
  FileInputs,
  FileProperties,
  NamedDirectory,
  NamedFile,
  PathFile,
} from './actions/push/file-input.ts';
export { defaultMediaType, type FileLayer, type OpenOptions } from './actions/push/files.ts';
export {
  type PackedManifest,
  type PackManifestOptions,
  packManifest,
} from './actions/push/pack.ts';
export {
  type ArchiveDirectory,
  type PackDirectoryOptions,
  type PackedDirectory,
  type PackOptions,
  packDirectory,
} from './actions/push/pack-directory.ts';
export { type ArtifactOptions, type PushOptions, packFiles, push } from './actions/push/push.ts';
export type { ArchiveLimits } from './archive/reading/limits.ts';
export type { ArchiveCompression } from './archive/writing/gzip.ts';
export type { ArchiveDescription, PackedArchive } from './archive/writing/packed-archive.ts';
export type { HashBlob, HashOptions } from './bytes/hash.ts';
export type { Content } from './bytes/streams.ts';
export * from './errors.ts';
export type { OutputOf, StandardIssue, StandardResult, StandardSchema } from './json/standard-schema.ts';
export { annotationKeys } from './oci/annotations.ts';
export { type DigestAlgorithm, digestOf } from './oci/digest.ts';
export { mediaTypes } from './oci/media-types.ts';
export { type ParseReferenceOptions, Reference, type ReferenceParts } from './oci/reference.ts';
export { schemas } from './oci/schemas.ts';
export type * from './options.ts';
export { Registry } from './registry.ts';
export type {
  PushFileOptions,
  PushResult,
  RegistryAttachOptions,
  RegistryOptions,
  RegistryPushOptions,
  RequestOptions,
} from './registry-options.ts';
export type { FailedRequest } from './remote/answers/error-response.ts';
export type { Credential, CredentialSource } from './remote/auth/credentials.ts';
export type { Connection, ConnectionSendOptions } from './remote/connection/connection.ts';
export type { AccessProblem, Diagnosis } from './remote/connection/diagnose.ts';
export type { ConnectOptions } from './remote/connection/registry-clients.ts';
export type { RemoteBlob } from './remote/downloads/remote-blob.ts';
export type { Fetch, FetchInit } from './remote/http/fetch.ts';
export type { ObservedRequest, ObservedResponse, Observer, RateLimit } from './remote/http/observe.ts';
export type { RetryOptions, TimeoutOptions } from './remote/http/settings.ts';
export { Repository } from './remote/repository.ts';
export type { HostRules } from './remote/trust/hosts.ts';
export type { TrustOptions } from './remote/trust/trust.ts';
export { MemoryStorage } from './storage/memory.ts';
export type { Spool, Spooled } from './storage/spool.ts';
export type { PutOptions, StagedEntries, StorageAdapter, StorageEntry, StorageReader } from './storage/storage.ts';
export {
  type FetchBytesOptions,
  type FetchedManifest,
  fetchBytes,
  fetchManifest,
  type PushBlobOptions,
  pushBlob,
} from './target/content.ts';
export { fetchJson } from './target/fetch-json.ts';
export type { CollectedGarbage, CollectGarbageOptions, GarbageContent } from './target/layout/garbage.ts';
export { OciLayout } from './target/layout/layout.ts';
export { ReadOnlyOciLayout } from './target/layout/read-only-layout.ts';
export type {
  ExistsOptions,
  PendingPush,
  ReadOnlyTarget,
  ReferencedManifest,
  ReferrersOptions,
  ReferrersSource,
  Target,
} from './target/target.ts';
export type { BeginOptions, UploadOptions } from './target/upload-options.ts';
export type * from './types.ts';
