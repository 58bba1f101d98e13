import { LinkedAbort } from '../../aborts.ts';
import { digested } from '../../bytes/digested.ts';
import { annotationKeys } from '../../oci/annotations.ts';
import { passOver } from '../../target/callers.ts';
import { fetchManifest } from '../../target/content.ts';
import { throttled } from '../../target/progress.ts';
import type { PendingPush, Target } from '../../target/target.ts';
import type { BeginOptions, UploadOptions } from '../../target/upload-options.ts';
import type { Descriptor, Digest } from '../../types.ts';
import { type FileHooks, type FileLayer, layerOf, type OpenedFile } from './files.ts';

/** A smaller file is hashed before an upload is under way. */
const minPushAheadBytes = 4 * 1024 * 1024;
/** Bytes of a file that is sent as quickly as it is looked for. */
const maxBlindPushBytes = 64 * 1024;
/** After so many that were not there, the next ones are taken for new as well. */
const missesBeforeBlindPush = 8;
/** Bytes between two reports of a stream, whose size is not known. */
const streamReportBytes = 100 * 1024 * 1024;

/** Stores the files of one artifact in a target; the same content once. */
export class LayerStore {
  readonly #target: Target;
  readonly #tag: string | undefined;
  readonly #options: FileHooks & UploadOptions;
  readonly #stored = new Map<Digest, Promise<void>>();
  /** How many files in a row were looked for and not there. */
  #misses = 0;
  /** The files that the tag has now. */
  #tagged: Promise<ReadonlySet<string>> | undefined;

  /** A store for an artifact that is to have the tag. */
  constructor(target: Target, tag: string | undefined, options: FileHooks & UploadOptions) {
    this.#target = target;
    this.#tag = tag;
    this.#options = options;
  }

  /** Stores a file, and gives the layer it is. Where the target can, a large one is sent while it is hashed. */
  async file(file: OpenedFile, signal?: AbortSignal): Promise<Descriptor> {
    const stop = new LinkedAbort(signal);
    try {
      return await this.#file(file, { ...this.#options, signal: stop.signal, name: file.name });
    } catch (error) {
      // A file that cannot be sent need not be read to its end.
      stop.abort(error);
      throw error;
    } finally {
      stop.release();
    }
  }

  async #file(file: OpenedFile, options: FileHooks & BeginOptions): Promise<Descriptor> {
    const { content } = file;
    if (!(content instanceof Blob) && this.#target.begin) {
      const { stream, described } = this.#digested(file, content);
      return this.#settle(await this.#target.begin(stream, options), described, options);
    }
    const hashing = layerOf(file, options);
    const described = hashing.then(({ descriptor }) => descriptor);
    // It is waited for below, and may fail before.
    described.catch(() => {});
    if (content instanceof Blob && this.#target.begin && (await this.#isNew(file, content))) {
      return this.#settle(await this.#target.begin(content, options), described, options);
    }
    const layer = await hashing;
    await this.layer(layer, options.signal);
    return layer.descriptor;
  }

  /** Stores a layer, unless it is there. */
  async layer({ descriptor, content }: FileLayer, signal?: AbortSignal): Promise<void> {
    const before = this.#stored.get(descriptor.digest);
    if (before) return this.#skip(descriptor, before);
    const storing = this.#push(descriptor, content, { ...this.#options, signal });
    this.#stored.set(descriptor.digest, storing);
    await storing;
  }

  /** Many small files are not looked for once enough of them were not there: to send one costs no more than to ask. */
  async #push(descriptor: Descriptor, content: Blob, options: UploadOptions): Promise<void> {
    const isAsked = descriptor.size > maxBlindPushBytes || this.#misses < missesBeforeBlindPush;
    if (isAsked && (await this.#exists(descriptor, options))) {
      this.#misses = 0;
      return this.#skip(descriptor);
    }
    this.#misses++;
    await this.#target.push(descriptor, content, options);
  }

  /** Stores what is being sent once its descriptor is known, unless it is there or is stored for another file. */
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
      // What the upload failed of says more than why this does.
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

  /** What was stored for another file is there once that has ended. */
  async #skip(descriptor: Descriptor, storing?: Promise<void>): Promise<void> {
    await storing;
    this.#options.onProgress?.({ type: 'skip', descriptor, reason: 'exists' });
  }

  /**
   * Tells whether a file is worth sending before its digest is known: a large one that can be sent in one request, and
   * that does not look like one the tag has already.
   */
  async #isNew({ name }: OpenedFile, { size }: Blob): Promise<boolean> {
    const { chunkSize, mountFrom, resume, signal } = this.#options;
    if (size < minPushAheadBytes || chunkSize !== undefined || resume || mountFrom?.length) return false;
    this.#tagged ??= filesOfTag(this.#target, this.#tag, signal);
    return !(await this.#tagged).has(fileKey(size, name));
  }

  /** The content of a file that is a stream, and what it turns out to be while it is read. */
  #digested(
    { name, mediaType, annotations }: OpenedFile,
    content: ReadableStream<Uint8Array>,
  ): { stream: ReadableStream<Uint8Array>; described: Promise<Descriptor> } {
    const { onProgress } = this.#options;
    const report = throttled(streamReportBytes, (transferred) =>
      onProgress?.({ type: 'hash', name, transferred, size: undefined }),
    );
    const { stream, found } = digested(content, report);
    return { stream, described: found.then(({ digest, size }) => ({ mediaType, digest, size, annotations })) };
  }
}

/** What is found out while content is sent; what the sending fails with comes first. */
function whileSending<T>({ sent }: PendingPush, finding: Promise<T>): Promise<T> {
  return Promise.race([finding, sent.then(() => finding)]);
}

/** The files of what has the tag now; none when that cannot be told, as nothing depends on it. */
async function filesOfTag(target: Target, tag: string | undefined, signal?: AbortSignal): Promise<Set<string>> {
  if (tag === undefined) return new Set();
  const found = await fetchManifest(target, tag, { signal }).catch(passOver);
  const layers = found?.kind === 'manifest' ? found.manifest.layers : [];
  return new Set(layers.map(({ size, annotations }) => fileKey(size, annotations?.[annotationKeys.title])));
}

function fileKey(size: number, title: string | undefined): string {
  return `${size} ${title}`;
}
