import { type InspectedManifest, type InspectOptions, inspect, inspectManifest } from './actions/inspect.ts';
import { pathsUnsupported } from './actions/paths.ts';
import { type PullHooks, type PullOptions, type PullResult, pull } from './actions/pull/pull.ts';
import type { FileInput, FileInputs, NamedDirectory, NamedFile } from './actions/push/file-input.ts';
import { defaultMediaType, type FileHooks, openFile, withProperties } from './actions/push/files.ts';
import { LayerStore } from './actions/push/layer-store.ts';
import { type ArchiveDirectory, packedHere } from './actions/push/pack-directory.ts';
import { push } from './actions/push/push.ts';
import { type HashOptions, hashBlob } from './bytes/hash.ts';
import type { OutputOf, StandardSchema } from './json/standard-schema.ts';
import { Reference } from './oci/reference.ts';
import type { AbortOptions, PageOptions, Paginated } from './options.ts';
import type {
  PushFileOptions,
  PushResult,
  RegistryOptions,
  RegistryPushOptions,
  RequestOptions,
} from './registry-options.ts';
import { type Credential, type CredentialSource, findCredential } from './remote/auth/credentials.ts';
import type { Connection } from './remote/connection/connection.ts';
import { type Diagnosis, diagnose } from './remote/connection/diagnose.ts';
import { ping } from './remote/connection/ping.ts';
import { RegistryClients } from './remote/connection/registry-clients.ts';
import { Warnings, warningsOf } from './remote/http/warnings.ts';
import { Repository } from './remote/repository.ts';
import { memorySpool, type Spooled } from './storage/spool.ts';
import type { StorageAdapter } from './storage/storage.ts';
import { asReference, checkOptions, checkTarget } from './target/arguments.ts';
import { type FetchBytesOptions, type FetchedManifest, requireTagOrDigest } from './target/content.ts';
import { listening } from './target/listening.ts';
import type { Target } from './target/target.ts';
import type { Descriptor, Digest } from './types.ts';

/**
 * A client for OCI registries. Use it as it is, or subclass it: every step of push and pull is a method you can
 * override.
 *
 * @example
 * import { Registry } from 'oras-js';
 *
 * const registry = new Registry();
 * await registry.push('localhost:5000/org/hello:v1', [{ name: 'hello.txt', content: 'hi\n' }]);
 * const { files } = await registry.pull('localhost:5000/org/hello:v1');
 */
export class Registry {
  readonly #host: string | undefined;
  readonly #clients: RegistryClients;
  readonly #warnings: Warnings | undefined;
  #credentials: CredentialSource | undefined;

  /** Makes a client; nothing is sent before its first call. */
  constructor(options: RegistryOptions = {}) {
    this.#host = options.host;
    this.#credentials = options.credentials;
    this.#warnings = options.onWarning && new Warnings(options.onWarning);
    this.#clients = new RegistryClients(options, (host, scopes) => this.credential(host, scopes));
  }

  /**
   * Pushes one file or many as an artifact: each file as a layer with its name as title, then the manifest, then the
   * tags. The same files and options always make the same manifest, byte for byte.
   *
   * @throws InvalidReferenceError, UnsafePathError, NotFoundError, ExistsError, InvalidManifestError or TooLargeError
   *   before anything is sent, when the reference, a file or an option is wrong, or the manifest would be too large
   * @throws MismatchError when the reference has a digest, and the artifact has a different one
   * @throws FileError when a file cannot be read, or changed after it was opened
   * @throws NotARegistryError when the host answers with a web page
   * @throws ReferrersError when the artifact is stored, but cannot be listed as a referrer of its subject
   * @throws TypeError before anything is sent, when an argument has the wrong type
   */
  async push(reference: string | Reference, files: FileInputs, options: RegistryPushOptions = {}): Promise<PushResult> {
    checkOptions(options);
    const repository = this.repository(reference, options);
    const { tag, digest } = repository.reference;
    // The options may be an AbortController: its `signal` is inherited, so the spread does not copy it.
    const { signal } = options;
    const packed = await push(repository, tag, files, { ...options, ...this.#hooks(), signal, digest });
    return { ...packed, reference: String(repository.reference.with(tag ?? packed.descriptor.digest)) };
  }

  /**
   * Pulls the files of an artifact: writes them to a storage, or in Node to a directory (`to`); without `to`, each file
   * is fetched when you read it.
   *
   * @throws NotFoundError when the artifact does not exist
   * @throws UnsafePathError or ExistsError before anything is written; see {@link pull}
   * @throws FileError when a file cannot be written
   */
  async pull(reference: string | Reference, options: PullOptions & RequestOptions = {}): Promise<PullResult> {
    checkOptions(options);
    const repository = this.repository(reference, options);
    const hooked = { ...warningsOf(repository.reference, options, this.#warnings), ...this.#hooks() };
    return pull(repository, requireTagOrDigest(repository.reference), hooked);
  }

  /**
   * Fetches a manifest or an index: parsed, with its descriptor and its exact bytes.
   *
   * @throws NotFoundError when it does not exist
   * @throws UnsupportedError when this package cannot parse its type; {@link Repository.fetchReference} gives its bytes
   * @throws InvalidManifestError when it breaks the image-spec
   */
  async inspect(
    reference: string | Reference,
    options: InspectOptions & RequestOptions = {},
  ): Promise<FetchedManifest> {
    checkOptions(options);
    const repository = this.repository(reference, options);
    return inspect(
      repository,
      requireTagOrDigest(repository.reference),
      warningsOf(repository.reference, options, this.#warnings),
    );
  }

  /**
   * Fetches the manifest of a reference. If the reference is an index, its manifest for `platform` is fetched.
   *
   * @throws NotFoundError when it does not exist, or the index has no manifest for the platform
   * @throws UnsupportedError when it is an index and no platform is given
   */
  async manifest(
    reference: string | Reference,
    options: InspectOptions & RequestOptions = {},
  ): Promise<InspectedManifest> {
    checkOptions(options);
    const repository = this.repository(reference, options);
    return inspectManifest(
      repository,
      requireTagOrDigest(repository.reference),
      warningsOf(repository.reference, options, this.#warnings),
    );
  }

  /** Fetches a blob of a repository as JSON: verified, and validated by a schema; see {@link Repository.json}.
   *
   * @throws NotFoundError when the blob does not exist
   * @throws InvalidContentError when it is not JSON in UTF-8, or the schema rejects it
   */
  async json<S extends StandardSchema | undefined = undefined>(
    reference: string | Reference,
    descriptor: Descriptor,
    schema?: S,
    options: FetchBytesOptions & RequestOptions = {},
  ): Promise<OutputOf<S>> {
    checkOptions(options);
    return this.repository(reference, options).json(descriptor, schema, options);
  }

  /** Lists the tags of a repository, page by page while you read the list.
   *
   * @throws NotFoundError while you read the list, when the repository does not exist
   */
  tags(repository: string | Reference, options: PageOptions & RequestOptions = {}): Paginated<string> {
    checkOptions(options);
    return this.repository(repository, options).tags(options);
  }

  /**
   * The repository of a reference, as a target: blobs and manifests by descriptor. A subclass that returns its own kind
   * of repository passes the options to {@link Registry.connect}.
   *
   * @throws InvalidReferenceError when the reference breaks the grammar
   * @throws TypeError when it is neither text nor a Reference
   */
  repository(reference: string | Reference, options: RequestOptions = {}): Repository {
    const parsed = this.reference(reference);
    return new Repository(parsed, this.connect(parsed, options));
  }

  /** The connection to a repository, for the constructor of a subclass of {@link Repository}. */
  protected connect(reference: Reference, { retry }: RequestOptions = {}): Connection {
    return this.#clients.to(reference, retry ?? undefined);
  }

  /** Parses a reference; the `host` option of the registry is the default host.
   *
   * @throws InvalidReferenceError when it breaks the grammar
   * @throws TypeError when it is neither text nor a Reference
   */
  reference(reference: string | Reference): Reference {
    return asReference(reference, this.#host);
  }

  /**
   * Stores one file or directory as a blob, unless it is there, and gives the layer it is: with its media type, its name
   * as title, and its annotations. A directory is packed first.
   *
   * @throws NotFoundError when the path does not exist
   * @throws FileError when the file cannot be read, or changed after it was opened
   */
  async pushFile(target: Target, file: FileInput, options: PushFileOptions = {}): Promise<Descriptor> {
    checkTarget(target, 'push');
    checkOptions(options);
    const { mediaType, annotations, ...transfer } = options;
    const hooks = { ...transfer, ...this.#hooks(), signal: options.signal };
    return listening(hooks, async (heard) => {
      const opened = withProperties(await openFile(file, heard), { mediaType, annotations });
      return new LayerStore(target, undefined, heard).file(opened, heard.signal);
    });
  }

  /** Sets a user name and a password (or an access token) for all further calls; replaces any credential. */
  setBasicAuth(username: string, password: string): void {
    this.#credentials = { username, password };
    this.#clients.forget();
  }

  /** Sets a bearer token, sent to registries as it is, for all further calls; replaces any credential. */
  setTokenAuth(token: string): void {
    this.#credentials = { token };
    this.#clients.forget();
  }

  /**
   * Checks whether a registry answers and accepts the user (distribution-spec, end-1); with `credential`, whether it
   * accepts that credential.
   *
   * @throws UnauthorizedError when it requires credentials, or rejects those it got
   * @throws NotARegistryError when the answer is a web page, or comes from another origin after a redirect, which gets
   *   no credential
   * @throws NetworkError when there is no answer
   */
  async ping(host: string, credential?: Credential, options: AbortOptions = {}): Promise<void> {
    const reference = new Reference({ host, repository: 'ping' });
    const clients = this.#clients;
    // A new sender: the credential must be tried without the tokens and challenges of earlier calls.
    const send = credential ? clients.newSenderFor(reference, credential) : clients.senderFor(reference);
    await ping(send, clients.originOf(reference), options);
  }

  /**
   * Finds out why a page cannot use a registry: missing CORS headers, mixed content, a denied browser permission, or an
   * unreachable registry; and gives advice. Outside browsers it only checks whether the registry answers.
   */
  async diagnose(host: string, options: AbortOptions = {}): Promise<Diagnosis> {
    const origin = this.#clients.originOf(new Reference({ host, repository: 'diagnose' }));
    return diagnose(this.#clients.fetch, origin, options);
  }

  /** Hook: returns the credential for a registry host and the token scopes needed; undefined for anonymous access. */
  protected async credential(host: string, scopes: readonly string[]): Promise<Credential | undefined> {
    const own = this.#host && new Reference({ host: this.#host, repository: 'any' }).host;
    return findCredential(this.#credentials, host, scopes, own);
  }

  /** Hook: opens a local path, of a file or a directory.
   *
   * @throws UnsupportedError here; in Node it opens it
   */
  protected async openPath(path: string, _options?: AbortOptions): Promise<NamedFile | NamedDirectory> {
    throw pathsUnsupported(path);
  }

  /** Hook: opens a local directory, as a storage to pull into.
   *
   * @throws UnsupportedError here; in Node it opens the directory
   */
  protected openDirectory(path: string): StorageAdapter | Promise<StorageAdapter> {
    throw pathsUnsupported(path);
  }

  /** Hook: the media type of a file without one. Default: as oras does, `application/vnd.oci.image.layer.v1.tar`. */
  protected mediaTypeOf(_file: { name: string; content: Blob }): string | Promise<string> {
    return defaultMediaType;
  }

  /** Hook: computes the sha256 digest of a file. Default: in this thread, reading it chunk by chunk. */
  protected hash(content: Blob, options?: HashOptions): Promise<Digest> {
    return hashBlob(content, options);
  }

  /**
   * Hook: stores a stream until its digest is known, where it cannot be sent before. Default: in memory; in Node in a
   * temporary file, and in pages in the origin private file system, if there is one.
   *
   * @throws FileError when the content cannot be written
   */
  protected spool(stream: ReadableStream<Uint8Array>, options?: AbortOptions): Promise<Spooled> {
    return memorySpool(stream, options);
  }

  /** Hook: makes the archive of a directory. Default: here, a few milliseconds at a time. */
  protected archiveDirectory(...[directory, options]: Parameters<ArchiveDirectory>): ReturnType<ArchiveDirectory> {
    return packedHere(directory, options);
  }

  #hooks(): FileHooks & PullHooks {
    return {
      openDirectory: (path) => this.openDirectory(path),
      openPath: (path, options) => this.openPath(path, options),
      mediaTypeOf: (file) => this.mediaTypeOf(file),
      hash: (content, options) => this.hash(content, options),
      spool: (stream, options) => this.spool(stream, options),
      archiveDirectory: (directory, options) => this.archiveDirectory(directory, options),
    };
  }
}
