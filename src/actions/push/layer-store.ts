import { LinkedAbort } from '../../aborts.ts';
import { readable } from '../../bytes/read-error.ts';
import { splitStream } from '../../bytes/split.ts';
import type { Content } from '../../bytes/streams.ts';
import { annotationKeys } from '../../oci/annotations.ts';
import { withSpool } from '../../storage/spool.ts';
import { passOver } from '../../target/callers.ts';
import { fetchManifest } from '../../target/content.ts';
import type { PendingPush, Target } from '../../target/target.ts';
import type { BeginOptions, UploadOptions } from '../../target/upload-options.ts';
import type { Descriptor, Digest } from '../../types.ts';
import type { OpenedDirectory } from './directories.ts';
import { describedStream, type FileHooks, type FileLayer, layerOf, type OpenedFile } from './files.ts';
import type { PackOptions } from './pack-directory.ts';
import { packLayer } from './packed-layer.ts';

/** Smaller files are hashed before their upload begins. */
const minPushAheadBytes = 4 * 1024 * 1024;
/** Files up to this size may be pushed without a check by HEAD: sending them is as fast as the check. */
const maxBlindPushBytes = 64 * 1024;
/** After this many missing files in a row, the next ones are expected to be missing too. */
const missesBeforeBlindPush = 8;
/** Bytes of a packed directory that are spooled, to check for all of it before it is sent. */
const maxSpooledBytes = 64 * 1024 * 1024;

/** Pushes the files of one artifact; the same content only once. */
export class LayerStore {
  readonly #target: Target;
  readonly #tag: string | undefined;
  readonly #options: FileHooks & PackOptions & UploadOptions;
  readonly #stored = new Map<Digest, Promise<void>>();
  /** Number of files in a row that the target did not have. */
  #misses = 0;
  /** The layers of the artifact that has the tag now. */
  #tagged: Promise<ReadonlySet<string>> | undefined;

  /** A store for an artifact with this tag. */
  constructor(target: Target, tag: string | undefined, options: FileHooks & PackOptions & UploadOptions) {
    this.#target = target;
    this.#tag = tag;
    this.#options = options;
  }

  /** Stores a file or a directory, and gives the layer it is. Where the target can, a large one is sent while it is hashed. */
  async file(file: OpenedFile | OpenedDirectory, signal?: AbortSignal): Promise<Descriptor> {
    const stop = new LinkedAbort(signal);
    const options = { ...this.#options, signal: stop.signal, name: file.name };
    try {
      return await ('directory' in file ? this.#directory(file, options) : this.#file(file, options));
    } catch (error) {
      // Aborts hashing: a file that cannot be sent need not be read to its end.
      stop.abort(error);
      throw error;
    } finally {
      stop.release();
    }
  }

  async #file(file: OpenedFile, options: FileHooks & BeginOptions): Promise<Descriptor> {
    const { content } = file;
    if (!(content instanceof Blob)) return this.#stream(file, content, options);
    const hashing = layerOf(file, options);
    const described = hashing.then(({ descriptor }) => descriptor);
    // Awaited below, but it may reject before.
    described.catch(() => {});
    if (this.#target.begin && (await this.#isNew(file, content))) {
      return this.#settle(await this.#target.begin(content, options), described, options);
    }
    const layer = await hashing;
    await this.layer(file, layer, options.signal);
    return layer.descriptor;
  }

  /** Pushes a stream while it is read, or from the spool to a target that takes no content without its descriptor. */
  async #stream(
    file: OpenedFile,
    content: ReadableStream<Uint8Array>,
    options: FileHooks & BeginOptions,
  ): Promise<Descriptor> {
    const { begin } = this.#target;
    if (!begin) return this.#spooled(file, options);
    const { stream, described } = describedStream(file, content, options);
    return this.#settle(await begin.call(this.#target, stream, options), described, options);
  }

  /** Pushes a directory: checks for a small one when it is packed, and sends a large one while it is packed. */
  #directory(file: OpenedDirectory, options: FileHooks & PackOptions & BeginOptions): Promise<Descriptor> {
    const { begin } = this.#target;
    if (!begin) return this.#spooled(file, options);
    return withSpool(options.spool, async (spool) => {
      const { stream, described } = await packLayer(file, options);
      const { start, whole } = splitStream(stream, maxSpooledBytes);
      const { content } = await spool(start, options);
      const all = whole(readable(content, file.name, 'Cannot push'));
      if (all) return this.#settle(await begin.call(this.#target, all, options), described, options);
      const descriptor = await described;
      await this.layer(file, { descriptor, content }, options.signal);
      return descriptor;
    });
  }

  #spooled(file: OpenedFile | OpenedDirectory, options: FileHooks & PackOptions & BeginOptions): Promise<Descriptor> {
    return withSpool(options.spool, async (spool) => {
      const layer = await layerOf(file, { ...options, spool });
      await this.layer(file, layer, options.signal);
      return layer.descriptor;
    });
  }

  /** Pushes the layer of a file or directory, unless the target has it. */
  async layer(
    file: OpenedFile | OpenedDirectory,
    { descriptor, content }: FileLayer,
    signal?: AbortSignal,
  ): Promise<void> {
    const before = this.#stored.get(descriptor.digest);
    if (before) return this.#skip(descriptor, before);
    const storing = this.#push(file, { descriptor, content }, { ...this.#options, signal });
    this.#stored.set(descriptor.digest, storing);
    await storing;
  }

  /**
   * Checks by HEAD before a push, except for small files after enough misses: sending one costs no more than the check.
   */
  async #push(
    file: OpenedFile | OpenedDirectory,
    { descriptor, content }: FileLayer,
    options: UploadOptions,
  ): Promise<void> {
    const isAsked = descriptor.size > maxBlindPushBytes || this.#misses < missesBeforeBlindPush;
    if (isAsked && (await this.#exists(descriptor, options))) {
      this.#misses = 0;
      return this.#skip(descriptor);
    }
    this.#misses++;
    await this.#target.push(descriptor, this.#pushable(file, content), options);
  }

  /** A target that only stores may keep a Blob, which the spool deletes; one that sends may need it more than once. */
  #pushable(file: OpenedFile | OpenedDirectory, content: Blob): Content {
    const isSpooled = 'directory' in file || !(file.content instanceof Blob);
    return isSpooled && !this.#target.begin ? readable(content, file.name, 'Cannot push') : content;
  }

  /**
   * Ends a pending push when its descriptor is known: commits it, or aborts it if the target has the content, or
   * another file with the same content is being pushed.
   */
  async #settle(pending: PendingPush, described: Promise<Descriptor>, options: UploadOptions): Promise<Descriptor> {
    try {
      const descriptor = await whileSending(pending, described);
      const before = this.#stored.get(descriptor.digest);
      if (before) {
        await pending.abort();
        await this.#skip(descriptor, before);
      } else {
        const storing = this.#commit(pending, descriptor, options);
        this.#stored.set(descriptor.digest, storing);
        await storing;
      }
      return descriptor;
    } catch (error) {
      // The error of the upload is better than one of aborting it.
      await pending.abort(error).catch(() => {});
      throw error;
    }
  }

  async #commit(pending: PendingPush, descriptor: Descriptor, options: UploadOptions): Promise<void> {
    const isThere = await whileSending(pending, this.#exists(descriptor, options));
    if (!isThere) return pending.commit(descriptor);
    await pending.abort();
    await this.#skip(descriptor);
  }

  #exists(descriptor: Descriptor, { signal }: UploadOptions): Promise<boolean> {
    return this.#target.exists(descriptor, { signal, intent: 'push' });
  }

  /** Content that another file pushes exists once that push has ended. */
  async #skip(descriptor: Descriptor, storing?: Promise<void>): Promise<void> {
    await storing;
    this.#options.onProgress?.({ type: 'skip', descriptor, reason: 'exists' });
  }

  /**
   * Tells whether to send a file before its digest is known: if it is large, can be sent in one request, and does not
   * look like a layer of the artifact that has the tag now.
   */
  async #isNew({ name }: OpenedFile, { size }: Blob): Promise<boolean> {
    const { chunkSize, mountFrom, resume, signal } = this.#options;
    if (size < minPushAheadBytes || chunkSize !== undefined || resume || mountFrom?.length) return false;
    this.#tagged ??= filesOfTag(this.#target, this.#tag, signal);
    return !(await this.#tagged).has(fileKey(size, name));
  }
}

/** The descriptor found while content is sent; an error of sending takes precedence. */
function whileSending<T>({ sent }: PendingPush, finding: Promise<T>): Promise<T> {
  return Promise.race([finding, sent.then(() => finding)]);
}

/** The layers of the artifact that has the tag now; empty if it cannot be fetched, because they are only a hint. */
async function filesOfTag(target: Target, tag: string | undefined, signal?: AbortSignal): Promise<Set<string>> {
  if (tag === undefined) return new Set();
  const found = await fetchManifest(target, tag, { signal }).catch(passOver);
  const layers = found?.kind === 'manifest' ? found.manifest.layers : [];
  return new Set(layers.map(({ size, annotations }) => fileKey(size, annotations?.[annotationKeys.title])));
}

function fileKey(size: number, title: string | undefined): string {
  return `${size} ${title}`;
}
