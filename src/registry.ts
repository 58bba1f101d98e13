import { type CopyOptions, type CopyResult, copy } from './actions/copy/copy.ts';
import { type MirroredTag, type MirrorOptions, mirror } from './actions/copy/mirror.ts';
import { attach } from './actions/graph/attach.ts';
import { type DiscoveredReferrer, type DiscoverOptions, discover } from './actions/graph/discover.ts';
import { imageConfig } from './actions/image-config.ts';
import { type InspectedManifest, type InspectOptions, inspect, inspectManifest } from './actions/inspect.ts';
import { type PullOptions, type PullResult, pull } from './actions/pull/pull.ts';
import type { FileInput, FileInputs } from './actions/push/file-input.ts';
import { openFile, withProperties } from './actions/push/files.ts';
import { LayerStore } from './actions/push/layer-store.ts';
import { push } from './actions/push/push.ts';
import type { OutputOf, StandardSchema } from './json/standard-schema.ts';
import type { Reference } from './oci/reference.ts';
import { RegistryHooks } from './registry-hooks.ts';
import type {
  PushFileOptions,
  PushResult,
  RegistryAttachOptions,
  RegistryOptions,
  RegistryPushOptions,
  RequestOptions,
} from './registry-options.ts';
import { Warnings, warningsOf } from './remote/http/warnings.ts';
import { Repository } from './remote/repository.ts';
import { checkOptions, checkTarget } from './target/arguments.ts';
import { type FetchBytesOptions, type FetchedManifest, requireTagOrDigest } from './target/content.ts';
import { listening } from './target/listening.ts';
import type { Target } from './target/target.ts';
import type { Descriptor, ImageConfig } from './types.ts';

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
export class Registry extends RegistryHooks {
  readonly #warnings: Warnings | undefined;

  /** Makes a client; nothing is sent before its first call. */
  constructor(options: RegistryOptions = {}) {
    super(options);
    this.#warnings = options.onWarning && new Warnings(options.onWarning);
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
    const packed = await push(repository, tag, files, { ...options, ...this.hooks(), signal, digest });
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
    const hooked = { ...warningsOf(repository.reference, options, this.#warnings), ...this.hooks() };
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
   * Pushes files as an artifact that refers to another one, its subject: an SBOM, a signature, a report. It has no tag,
   * and is found by {@link Registry.discover}.
   *
   * @throws NotFoundError before anything is sent, when the subject does not exist
   * @throws ReferrersError when it is stored, but cannot be listed as a referrer of its subject
   * @throws OrasError as {@link Registry.push}
   */
  async attach(reference: string | Reference, files: FileInputs, options: RegistryAttachOptions): Promise<PushResult> {
    checkOptions(options);
    const repository = this.repository(reference, options);
    const { signal } = options;
    const subject = requireTagOrDigest(repository.reference);
    const packed = await attach(repository, subject, files, { ...options, ...this.hooks(), signal });
    return { ...packed, reference: String(repository.reference.with(packed.descriptor.digest)) };
  }

  /**
   * Finds what is attached to a manifest, and what is attached to that: a tree, each manifest before those that refer to
   * it.
   *
   * @throws NotFoundError while reading, when the reference does not exist
   * @throws TooLargeError while reading, when there are more than 32 levels and no `depth` is given, or more than 200,000
   *   manifests
   */
  discover(
    reference: string | Reference,
    options: DiscoverOptions & RequestOptions = {},
  ): AsyncGenerator<DiscoveredReferrer, void, void> {
    checkOptions(options);
    const repository = this.repository(reference, options);
    return discover(repository, requireTagOrDigest(repository.reference), options);
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

  /**
   * Fetches the config of an image, with its types; from an index, that of the image for `platform`.
   *
   * @throws NotFoundError when it does not exist, or there is none for the platform
   * @throws UnsupportedError when it is an index and no platform is given, or no image
   */
  async config(reference: string | Reference, options: InspectOptions & RequestOptions = {}): Promise<ImageConfig> {
    checkOptions(options);
    const repository = this.repository(reference, options);
    return imageConfig(
      repository,
      requireTagOrDigest(repository.reference),
      warningsOf(repository.reference, options, this.#warnings),
    );
  }

  /**
   * Copies an artifact to another repository, of this registry or another one, with everything it refers to, byte for
   * byte; see {@link copy}. Without a tag, `to` gets that of `from`. For two credentials of one registry use the function
   * `copy` with the repositories of two clients.
   *
   * @throws CopyError when one of the sides fails; see its `side`, `operation`, `descriptor` and `cause`
   */
  async copy(
    from: string | Reference,
    to: string | Reference,
    options: CopyOptions & RequestOptions = {},
  ): Promise<CopyResult> {
    checkOptions(options);
    const source = this.repository(from, options);
    const target = this.repository(to, options);
    return copy(source, requireTagOrDigest(source.reference), target, target.reference.tagOrDigest, options);
  }

  /**
   * Copies the tags of a repository to another one, and tells about each when it is done; see {@link mirror}.
   *
   * @throws CopyError when one of the sides fails; tags that were told about are done
   */
  mirror(
    from: string | Reference,
    to: string | Reference,
    options: MirrorOptions & RequestOptions = {},
  ): AsyncGenerator<MirroredTag, void, void> {
    checkOptions(options, 'tags');
    return mirror(this.repository(from, options), this.repository(to, options), options);
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
    const hooks = { ...transfer, ...this.hooks(), signal: options.signal };
    return listening(hooks, async (heard) => {
      const opened = withProperties(await openFile(file, heard), { mediaType, annotations });
      return new LayerStore(target, undefined, heard).file(opened, heard.signal);
    });
  }
}
