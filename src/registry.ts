import { type InspectedManifest, type InspectOptions, inspect, inspectManifest } from './actions/inspect.ts';
import { type PullOptions, type PullResult, pull } from './actions/pull/pull.ts';
import {
  defaultMediaType,
  type FileHooks,
  type FileInput,
  type FileProperties,
  type NamedFile,
  openFile,
  pathsUnsupported,
  withProperties,
} from './actions/push/files.ts';
import { LayerStore } from './actions/push/layer-store.ts';
import type { PackedManifest } from './actions/push/pack.ts';
import { type ArtifactOptions, push } from './actions/push/push.ts';
import { type HashOptions, hashBlob } from './bytes/hash.ts';
import { Reference } from './oci/reference.ts';
import type { OutputOf, StandardSchema } from './oci/standard-schema.ts';
import type { AbortOptions, PageOptions, Paginated, RegistryWarning, WarningOptions } from './options.ts';
import { type Credential, type CredentialSource, findCredential } from './remote/auth/credentials.ts';
import type { Connection } from './remote/connection/connection.ts';
import { type Diagnosis, diagnose } from './remote/connection/diagnose.ts';
import { ping } from './remote/connection/ping.ts';
import { type ConnectOptions, RegistryClients } from './remote/connection/registry-clients.ts';
import { Warnings } from './remote/http/warnings.ts';
import { Repository } from './remote/repository.ts';
import { type FetchBytesOptions, type FetchedManifest, requireReference } from './target/content.ts';
import { listening } from './target/listening.ts';
import type { Target } from './target/target.ts';
import type { UploadOptions } from './target/upload-options.ts';
import type { Descriptor, Digest } from './types.ts';

/** Options of a {@link Registry}. */
export interface RegistryOptions extends ConnectOptions {
  /** Registry of references that name none; see {@link ParseReferenceOptions.defaultHost}. Default: none. */
  host?: string | undefined;
  /**
   * Who is asking. Default: anonymous. It is sent to the registry and to its own token service: to that of `host` when
   * there is one, and else to whichever a reference names; a function can tell registries apart.
   */
  credentials?: CredentialSource | undefined;
}

/** What {@link Registry.push} gives: the artifact, and where it is now. */
export interface PushResult extends PackedManifest {
  /** The reference as text, with the tag if there is one, or else the digest. */
  reference: string;
}

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
   * Pushes files as an artifact: each as a layer with its name as title, then the manifest, then the tag. The same
   * files and options always make the same manifest, byte for byte.
   *
   * @throws InvalidReferenceError, UnsafePathError, NotFoundError, ExistsError, InvalidManifestError or TooLargeError
   *   before anything is sent, when the reference, a file or an option is wrong, or the manifest would be too large
   * @throws MismatchError when the reference has a digest and the artifact another one
   * @throws FileError when a file cannot be read, or changed after it was opened
   * @throws NotARegistryError when the host answers with a web page
   * @throws ReferrersError when all of it is stored, but the artifact cannot be listed as a referrer of its subject
   */
  async push(
    reference: string | Reference,
    files: Iterable<FileInput> | AsyncIterable<FileInput>,
    options: ArtifactOptions & UploadOptions = {},
  ): Promise<PushResult> {
    const repository = this.repository(reference);
    const { tag, digest } = repository.reference;
    // An AbortController is taken for options, too: its signal is not a property of its own.
    const { signal } = options;
    const packed = await push(repository, tag, files, { ...options, ...this.#hooks(), signal, digest });
    return { ...packed, reference: String(repository.reference.with(tag ?? packed.descriptor.digest)) };
  }

  /**
   * The files of an artifact, written to a storage (`to`), or fetched as they are asked for.
   *
   * @throws NotFoundError when the artifact is not there
   * @throws UnsafePathError or ExistsError before anything is written; see {@link pull}
   * @throws FileError when a file cannot be written
   */
  async pull(reference: string | Reference, options: PullOptions = {}): Promise<PullResult> {
    const repository = this.repository(reference);
    return pull(repository, requireReference(repository.reference), this.#warning(repository, options));
  }

  /**
   * A manifest or an index: what it says, its descriptor, its exact bytes.
   *
   * @throws NotFoundError when it is not there
   * @throws UnsupportedError when it is of a type that is not read; {@link Repository.fetchReference} gives its bytes
   * @throws InvalidManifestError when it breaks the image-spec
   */
  async inspect(reference: string | Reference, options: InspectOptions = {}): Promise<FetchedManifest> {
    const repository = this.repository(reference);
    return inspect(repository, requireReference(repository.reference), this.#warning(repository, options));
  }

  /**
   * The manifest a reference leads to; an index is followed by platform.
   *
   * @throws NotFoundError when it is not there
   * @throws UnsupportedError when it is an index and no platform is given
   */
  async manifest(reference: string | Reference, options: InspectOptions = {}): Promise<InspectedManifest> {
    const repository = this.repository(reference);
    return inspectManifest(repository, requireReference(repository.reference), this.#warning(repository, options));
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
    options?: FetchBytesOptions,
  ): Promise<OutputOf<S>> {
    return this.repository(reference).json(descriptor, schema, options);
  }

  /** The tags of a repository, fetched as they are read.
   *
   * @throws NotFoundError while reading, when the repository is unknown
   */
  tags(repository: string | Reference, options: PageOptions = {}): Paginated<string> {
    return this.repository(repository).tags(options);
  }

  /** The repository a reference names, as a target: blobs and manifests by descriptor.
   *
   * @throws InvalidReferenceError when the reference breaks the grammar
   */
  repository(reference: string | Reference): Repository {
    const parsed = this.reference(reference);
    return new Repository(parsed, this.connect(parsed));
  }

  /** The connection to a repository: what a subclass of {@link Repository} is made with. */
  protected connect(reference: Reference): Connection {
    return this.#clients.to(reference);
  }

  /** Reads a reference; the registry's `host` stands in where it names none.
   *
   * @throws InvalidReferenceError when it breaks the grammar
   */
  reference(reference: string | Reference): Reference {
    if (typeof reference !== 'string') return reference;
    return Reference.parse(reference, { defaultHost: this.#host });
  }

  /**
   * Stores one file as a blob, unless it is there, and gives the layer it is: with its media type, its name as title,
   * and its annotations.
   *
   * @throws NotFoundError when the path does not exist
   * @throws FileError when the file cannot be read, or changed after it was opened
   */
  async pushFile(target: Target, file: FileInput, options: FileProperties & UploadOptions = {}): Promise<Descriptor> {
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
