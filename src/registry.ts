import { type InspectedManifest, type InspectOptions, inspect, inspectManifest } from './actions/inspect.ts';
import { pathsUnsupported } from './actions/paths.ts';
import { type PullOptions, type PullResult, pull } from './actions/pull/pull.ts';
import type { FileInput, FileInputs, FileProperties, NamedFile } from './actions/push/file-input.ts';
import { defaultMediaType, type FileHooks, openFile, withProperties } from './actions/push/files.ts';
import { LayerStore } from './actions/push/layer-store.ts';
import { push } from './actions/push/push.ts';
import { type HashOptions, hashBlob } from './bytes/hash.ts';
import { kindOf } from './bytes/kinds.ts';
import type { OutputOf, StandardSchema } from './json/standard-schema.ts';
import { Reference } from './oci/reference.ts';
import type { AbortOptions, PageOptions, Paginated, RegistryWarning, WarningOptions } from './options.ts';
import type { PushResult, RegistryOptions, RegistryPushOptions, RequestOptions } from './registry-options.ts';
import { type Credential, type CredentialSource, findCredential } from './remote/auth/credentials.ts';
import type { Connection } from './remote/connection/connection.ts';
import { type Diagnosis, diagnose } from './remote/connection/diagnose.ts';
import { ping } from './remote/connection/ping.ts';
import { RegistryClients } from './remote/connection/registry-clients.ts';
import { Warnings } from './remote/http/warnings.ts';
import { Repository } from './remote/repository.ts';
import type { StorageAdapter } from './storage/storage.ts';
import { checkOptions, checkTarget } from './target/arguments.ts';
import { type FetchBytesOptions, type FetchedManifest, requireTagOrDigest } from './target/content.ts';
import { listening } from './target/listening.ts';
import type { Target } from './target/target.ts';
import type { UploadOptions } from './target/upload-options.ts';
import type { Descriptor, Digest } from './types.ts';

/**
 * A client of OCI registries. Use it as it is, or subclass it: every step of its verbs is a method of its own.
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

  /** Makes a client; nothing is sent until it is used. */
  constructor(options: RegistryOptions = {}) {
    this.#host = options.host;
    this.#credentials = options.credentials;
    this.#warnings = options.onWarning && new Warnings(options.onWarning);
    this.#clients = new RegistryClients(options, (host, scopes) => this.credential(host, scopes));
  }

  /**
   * Pushes one file or many as an artifact: each as a layer with its name as title, then the manifest, then the tags. The
   * same files and options always make the same manifest, byte for byte.
   *
   * @throws InvalidReferenceError, UnsafePathError, NotFoundError, ExistsError, InvalidManifestError or TooLargeError
   *   before anything is sent, when the reference, a file or an option is wrong, or the manifest would be too large
   * @throws MismatchError when the reference has a digest and the artifact another one
   * @throws FileError when a file cannot be read, or changed after it was opened
   * @throws NotARegistryError when the host answers with a web page
   * @throws ReferrersError when all of it is stored, but the artifact cannot be listed as a referrer of its subject
   * @throws TypeError when an argument is of a wrong type, before anything is sent
   */
  async push(reference: string | Reference, files: FileInputs, options: RegistryPushOptions = {}): Promise<PushResult> {
    checkOptions(options);
    const repository = this.repository(reference, options);
    const { tag, digest } = repository.reference;
    // An AbortController is taken for options, too: its signal is not a property of its own.
    const { signal } = options;
    const packed = await push(repository, tag, files, { ...options, ...this.#hooks(), signal, digest });
    return { ...packed, reference: String(repository.reference.with(tag ?? packed.descriptor.digest)) };
  }

  /**
   * The files of an artifact, written to a storage or in Node to a directory (`to`), or fetched as they are asked for.
   *
   * @throws NotFoundError when the artifact is not there
   * @throws UnsafePathError or ExistsError before anything is written; see {@link pull}
   * @throws FileError when a file cannot be written
   */
  async pull(reference: string | Reference, options: PullOptions & RequestOptions = {}): Promise<PullResult> {
    checkOptions(options);
    const repository = this.repository(reference, options);
    const openDirectory = (path: string): Promise<StorageAdapter> | StorageAdapter => this.openDirectory(path);
    const hooked = { ...this.#warning(repository, options), openDirectory };
    return pull(repository, requireTagOrDigest(repository.reference), hooked);
  }

  /**
   * A manifest or an index: what it says, its descriptor, its exact bytes.
   *
   * @throws NotFoundError when it is not there
   * @throws UnsupportedError when it is of a type that is not read; {@link Repository.fetchReference} gives its bytes
   * @throws InvalidManifestError when it breaks the image-spec
   */
  async inspect(
    reference: string | Reference,
    options: InspectOptions & RequestOptions = {},
  ): Promise<FetchedManifest> {
    checkOptions(options);
    const repository = this.repository(reference, options);
    return inspect(repository, requireTagOrDigest(repository.reference), this.#warning(repository, options));
  }

  /**
   * The manifest a reference leads to; an index is followed by platform.
   *
   * @throws NotFoundError when it is not there
   * @throws UnsupportedError when it is an index and no platform is given
   */
  async manifest(
    reference: string | Reference,
    options: InspectOptions & RequestOptions = {},
  ): Promise<InspectedManifest> {
    checkOptions(options);
    const repository = this.repository(reference, options);
    return inspectManifest(repository, requireTagOrDigest(repository.reference), this.#warning(repository, options));
  }

  /** The JSON of a blob of a repository, verified, as a schema of any library reads it; see {@link Repository.json}.
   *
   * @throws NotFoundError when it is not there
   * @throws InvalidContentError when it is not JSON in UTF-8, or the schema does not take it
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

  /** The tags of a repository, fetched as they are read.
   *
   * @throws NotFoundError while reading, when the repository is unknown
   */
  tags(repository: string | Reference, options: PageOptions & RequestOptions = {}): Paginated<string> {
    checkOptions(options);
    return this.repository(repository, options).tags(options);
  }

  /**
   * The repository a reference names, as a target: blobs and manifests by descriptor. A subclass that gives a repository of
   * its own hands the options on to {@link Registry.connect}.
   *
   * @throws InvalidReferenceError when the reference breaks the grammar
   * @throws TypeError when it is neither text nor a Reference
   */
  repository(reference: string | Reference, options: RequestOptions = {}): Repository {
    const parsed = this.reference(reference);
    return new Repository(parsed, this.connect(parsed, options));
  }

  /** The connection to a repository: what a subclass of {@link Repository} is made with. */
  protected connect(reference: Reference, { retry }: RequestOptions = {}): Connection {
    return this.#clients.to(reference, retry ?? undefined);
  }

  /** Reads a reference; the registry's `host` stands in where it names none.
   *
   * @throws InvalidReferenceError when it breaks the grammar
   * @throws TypeError when it is neither text nor a Reference
   */
  reference(reference: string | Reference): Reference {
    if (typeof reference === 'string') return Reference.parse(reference, { defaultHost: this.#host });
    // No `instanceof`: it may be of another copy of the package.
    if (typeof reference === 'object' && reference !== null && 'apiHost' in reference) return reference;
    throw new TypeError(`A reference is text, as in ghcr.io/org/hello:v1, or a Reference, not ${kindOf(reference)}`);
  }

  /**
   * Stores one file as a blob, unless it is there, and gives the layer it is: with its media type, its name as title,
   * and its annotations.
   *
   * @throws NotFoundError when the path does not exist
   * @throws FileError when the file cannot be read, or changed after it was opened
   */
  async pushFile(target: Target, file: FileInput, options: FileProperties & UploadOptions = {}): Promise<Descriptor> {
    checkTarget(target, 'push');
    checkOptions(options);
    const { mediaType, annotations, ...transfer } = options;
    const hooks = { ...transfer, ...this.#hooks(), signal: options.signal };
    return listening(hooks, async (heard) => {
      const opened = withProperties(await openFile(file, heard), { mediaType, annotations });
      return new LayerStore(target, undefined, heard).file(opened, heard.signal);
    });
  }

  /** Uses a user name and a password (or the access token that stands for it) from now on, instead of what was before. */
  setBasicAuth(username: string, password: string): void {
    this.#credentials = { username, password };
    this.#clients.forget();
  }

  /** Uses a bearer token that registries take as it is from now on, instead of what was before. */
  setTokenAuth(token: string): void {
    this.#credentials = { token };
    this.#clients.forget();
  }

  /**
   * Asks whether a registry lets a user in (distribution-spec, end-1); with `credential`, whether it takes that one.
   *
   * @throws UnauthorizedError when it wants credentials, or refuses those it got
   * @throws NotARegistryError when a web page answers, or another origin after a redirect; it gets no credential
   * @throws NetworkError when no answer comes
   */
  async ping(host: string, credential?: Credential, options: AbortOptions = {}): Promise<void> {
    const reference = new Reference({ host, repository: 'ping' });
    const clients = this.#clients;
    // What was found out before must not stand in for the answer: the credential is tried on its own.
    const send = credential ? clients.newSenderFor(reference, credential) : clients.senderFor(reference);
    await ping(send, clients.originOf(reference), options);
  }

  /**
   * Finds out why a page cannot use a registry: CORS headers, mixed content, a permission of the browser, or a registry
   * that is not there; and says what to do. Outside browsers it tells whether the registry answers.
   */
  async diagnose(host: string, options: AbortOptions = {}): Promise<Diagnosis> {
    const origin = this.#clients.originOf(new Reference({ host, repository: 'diagnose' }));
    return diagnose(this.#clients.fetch, origin, options);
  }

  /** Hook: the credential for a registry host and the token scopes that are needed; undefined is anonymous. */
  protected async credential(host: string, scopes: readonly string[]): Promise<Credential | undefined> {
    const own = this.#host;
    const credentials = this.#credentials;
    // A credential given with a host is for that host; only a function can tell others apart.
    const isForeign = own !== undefined && host !== new Reference({ host: own, repository: 'any' }).host;
    return findCredential(isForeign && typeof credentials !== 'function' ? undefined : credentials, host, scopes);
  }

  /** Hook: opens a local path.
   *
   * @throws UnsupportedError here; in Node it opens the file
   */
  protected async openPath(path: string, _options?: AbortOptions): Promise<NamedFile> {
    throw pathsUnsupported(path);
  }

  /** Hook: opens the path of a directory, as a storage to pull to.
   *
   * @throws UnsupportedError here; in Node it opens the directory
   */
  protected openDirectory(path: string): StorageAdapter | Promise<StorageAdapter> {
    throw pathsUnsupported(path);
  }

  /** Hook: the media type of a file that was given none. Default: what oras calls a file, `…image.layer.v1.tar`. */
  protected mediaTypeOf(_file: { name: string; content: Blob }): string | Promise<string> {
    return defaultMediaType;
  }

  /** Hook: computes the sha256 digest of a file. Default: here, piece by piece. */
  protected hash(content: Blob, options?: HashOptions): Promise<Digest> {
    return hashBlob(content, options);
  }

  /** The options of a call that may warn: who is told there, or else of all calls, is told the host, too. */
  #warning<T extends AbortOptions & WarningOptions>({ reference }: Repository, options: T): T {
    const { signal } = options;
    const own = options.onWarning && new Warnings(options.onWarning);
    const warnings = own ?? this.#warnings;
    const onWarning = ({ text }: RegistryWarning): unknown => warnings?.tell({ host: reference.host, text });
    return { ...options, signal, onWarning };
  }

  #hooks(): FileHooks {
    return {
      openPath: (path, options) => this.openPath(path, options),
      mediaTypeOf: (file) => this.mediaTypeOf(file),
      hash: (content, options) => this.hash(content, options),
    };
  }
}
