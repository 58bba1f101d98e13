import ts from 'typescript';
import { expect, test } from 'vitest';
import { exportsOf } from './program.ts';

// A new public name is a promise. It shows here, and has to be wanted:
// update with `npx vitest run --project node test/project/types.test.ts -u`.

function kindOf({ flags }: ts.Symbol): string {
  if (flags & ts.SymbolFlags.Class) return 'class';
  if (flags & ts.SymbolFlags.Interface) return 'interface';
  if (flags & ts.SymbolFlags.Function) return 'function';
  if (flags & ts.SymbolFlags.TypeAlias) return 'type';
  return 'const';
}

const namesOf = (entry: string): string =>
  exportsOf(entry)
    .map(({ name, symbol }) => `${kindOf(symbol)} ${name}`)
    .sort()
    .join('\n');

test('public names: oras-js', () => {
  expect(namesOf('index')).toMatchInlineSnapshot(`
    "class Connection
    class CopyError
    class CredentialsError
    class DeniedError
    class ExistsError
    class FileError
    class InvalidArchiveError
    class InvalidContentError
    class InvalidManifestError
    class InvalidReferenceError
    class MemoryStorage
    class MismatchError
    class NetworkError
    class NotARegistryError
    class NotFoundError
    class OciLayout
    class OrasError
    class RateLimitedError
    class ReadOnlyOciLayout
    class Reference
    class ReferrersError
    class Registry
    class RegistryError
    class RemoteBlob
    class Repository
    class TooLargeError
    class UnauthorizedError
    class UnsafePathError
    class UnsupportedError
    const annotationKeys
    const defaultMediaType
    const mediaTypes
    const schemas
    function attach
    function copy
    function digestOf
    function discover
    function fetchBytes
    function fetchJson
    function fetchManifest
    function imageConfig
    function inspect
    function isOrasError
    function mirror
    function packDirectory
    function packFiles
    function packIndex
    function packManifest
    function pull
    function push
    function pushBlob
    function pushManifest
    function updateIndex
    interface AbortOptions
    interface ArchiveDescription
    interface ArchiveLimits
    interface AttachOptions
    interface AttachedArtifact
    interface BeginOptions
    interface CollectGarbageOptions
    interface CollectedGarbage
    interface ConnectOptions
    interface ConnectionSendOptions
    interface ContentIssue
    interface CopyErrorInit
    interface CopyHooks
    interface CopyOptions
    interface CopyResult
    interface Descriptor
    interface Diagnosis
    interface DiscoverOptions
    interface DiscoveredReferrer
    interface EntryOptions
    interface ExistsOptions
    interface FailedRequest
    interface FetchBytesOptions
    interface FileLayer
    interface FileProperties
    interface GraphOptions
    interface HashOptions
    interface HistoryEntry
    interface HostRules
    interface ImageConfig
    interface ImageExecution
    interface Index
    interface InspectOptions
    interface ListOptions
    interface Manifest
    interface MirrorOptions
    interface MirroredTag
    interface NamedDirectory
    interface NamedFile
    interface ObservedRequest
    interface ObservedResponse
    interface Observer
    interface OmittedEntry
    interface OpenOptions
    interface PackDirectoryOptions
    interface PackIndexOptions
    interface PackManifestOptions
    interface PackOptions
    interface PackedArchive
    interface PackedDirectory
    interface PackedIndex
    interface PackedManifest
    interface PageOptions
    interface Paginated
    interface ParseReferenceOptions
    interface PathFile
    interface PendingPush
    interface Platform
    interface PullOptions
    interface PullResult
    interface PulledFile
    interface PushBlobOptions
    interface PushFileOptions
    interface PushManifestOptions
    interface PushOptions
    interface PushResult
    interface PutOptions
    interface RateLimit
    interface ReadOnlyTarget
    interface ReferenceParts
    interface ReferencedManifest
    interface ReferrersOptions
    interface RegistryAttachOptions
    interface RegistryErrorDetail
    interface RegistryErrorInit
    interface RegistryOptions
    interface RegistryPushOptions
    interface RegistryWarning
    interface RequestOptions
    interface RetryOptions
    interface RootFs
    interface RootOptions
    interface Spooled
    interface StagedEntries
    interface StandardIssue
    interface StandardSchema
    interface StorageAdapter
    interface StorageEntry
    interface StorageReader
    interface TagsOptions
    interface Target
    interface TimeoutOptions
    interface TransferOptions
    interface TrustOptions
    interface UpdateIndexOptions
    interface UploadOptions
    interface WarningOptions
    type AccessProblem
    type AnnotationSet
    type Annotations
    type ArchiveCompression
    type ArchiveDirectory
    type ArtifactOptions
    type Content
    type Credential
    type CredentialSource
    type Digest
    type DigestAlgorithm
    type Fetch
    type FetchInit
    type FetchedManifest
    type FileInput
    type FileInputs
    type GarbageContent
    type HashBlob
    type LayerFilter
    type OmittedReason
    type OrasErrorCode
    type OrasErrorOf
    type OutputOf
    type ReferrersSource
    type Spool
    type StandardResult
    type TagFilter
    type TransferEvent"
  `);
});

test('public names: oras-js/node', () => {
  expect(namesOf('node')).toMatchInlineSnapshot(`
    "class DirectoryStorage
    function createFetch
    function dockerCredentials
    function login
    function logout
    function serve
    interface CredentialStore
    interface DockerCredentialsOptions
    interface LoginRegistry
    interface LogoutOptions
    interface NetworkOptions
    interface RunningServer
    interface ServeOptions
    interface StoreCredentialOptions"
  `);
});

test('public names: oras-js/browser', () => {
  expect(namesOf('browser')).toMatchInlineSnapshot(`
    "class FileListStorage
    class HandleStorage
    class Registry
    const hashInWorker
    function filesFromDataTransfer
    function packInWorkers
    function xhrFetch
    interface FileListOptions
    type FetchInit"
  `);
});

test('public names: oras-js/server', () => {
  expect(namesOf('server')).toMatchInlineSnapshot(`
    "const faults
    function createRegistryServer
    function withFaults
    interface AuthOptions
    interface CorsOptions
    interface FaultLimit
    interface RegistryServerOptions
    type AccessAction
    type AccessRule
    type Fault
    type RegistryServer"
  `);
});

test('public names: oras-js has the same ones in Node as everywhere else', () => {
  expect(namesOf('index.node')).toBe(namesOf('index'));
});
