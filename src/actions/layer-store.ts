import { LinkedAbort } from '../aborts.ts';
import { counted } from '../bytes/tap.ts';
import { annotationKeys } from '../oci/annotations.ts';
import { passOver } from '../target/callers.ts';
import { fetchManifest } from '../target/content.ts';
import { throttled } from '../target/progress.ts';
import type { Target } from '../target/target.ts';
import type { UploadOptions } from '../target/upload-options.ts';
import type { Descriptor, Digest } from '../types.ts';
import { type FileHooks, type Layer, layerOf, type OpenedFile } from './files.ts';

/** A smaller file is read before an upload is under way. */
const smallestAhead = 4 * 1024 * 1024;
/** Bytes of a file that is sent as quickly as it is looked for. */
const largestUnasked = 64 * 1024;
/** After so many that were not there, the next ones are taken for new as well. */
const enoughMissing = 8;
/** Between two reports of a stream, whose size is not known. */
const streamSteps = 100 * 1024 * 1024;

/** Stores the files of one artifact in a target; the same content once. */
export class LayerStore {
  readonly #target: Target;
  readonly #tag: string | undefined;
  readonly #options: FileHooks & UploadOptions;
  readonly #stored = new Map<Digest, Promise<void>>();
  /** How many files in a row were looked for and not there. */
  #missing = 0;
  /** The files that the tag has now. */
  #tagged: Promise<ReadonlySet<string>> | undefined;

  /** A store for an artifact that is to have the tag. */
  constructor(target: Target, tag: string | undefined, options: FileHooks & UploadOptions) {
    this.#target = target;
    this.#tag = tag;
    this.#options = options;
  }

  /** Stores a file, and gives the layer it is. Where the target can, a large one is sent while it is read. */
  async file(file: OpenedFile, signal?: AbortSignal): Promise<Descriptor> {
    const { content } = file;
    if (!(content instanceof Blob) && this.#target.pushStream) return this.#stream(file, content, signal);
    const stop = new LinkedAbort(signal);
    try {
      return await this.#hashed(file, stop);
    } finally {
      stop.release();
    }
  }

  async #hashed(file: OpenedFile, stop: AbortController): Promise<Descriptor> {
    const { content } = file;
    const { signal } = stop;
    const options = { ...this.#options, signal };
    const hashing = layerOf(file, options);
    hashing.catch(() => {});
    if (content instanceof Blob && this.#target.pushAhead && (await this.#isNew(file, content))) {
      const pushing: Promise<void> = this.#target.pushAhead(
        content,
        hashing.then(({ descriptor }) => this.#unlessThere(descriptor, signal, () => pushing)),
        options,
      );
      // A file that cannot be sent need not be read to its end.
      await pushing.catch((error: unknown) => {
        stop.abort(error);
        throw error;
      });
    } else await this.layer(await hashing, signal);
    return (await hashing).descriptor;
  }

  /** Stores a layer, unless it is there. */
  async layer({ descriptor, content }: Layer, signal?: AbortSignal): Promise<void> {
    const before = this.#stored.get(descriptor.digest);
    if (before) return this.#skip(descriptor, before);
    const storing = this.#push(descriptor, content, { ...this.#options, signal });
    this.#stored.set(descriptor.digest, storing);
    await storing;
  }

  /** Many small files are not looked for once enough of them were not there: to send one costs no more than to ask. */
  async #push(descriptor: Descriptor, content: Blob, options: UploadOptions): Promise<void> {
    const isAsked = descriptor.size > largestUnasked || this.#missing < enoughMissing;
    if (isAsked && (await this.#target.exists(descriptor, { signal: options.signal, intent: 'push' }))) {
      this.#missing = 0;
      return this.#skip(descriptor);
    }
    this.#missing++;
    await this.#target.push(descriptor, content, options);
  }

  /** The descriptor of what is being sent, but undefined when it is there or is sent for another file. */
  async #unlessThere(
    descriptor: Descriptor,
    signal: AbortSignal | undefined,
    storing: () => Promise<void>,
  ): Promise<Descriptor | undefined> {
    const before = this.#stored.get(descriptor.digest);
    if (!before) this.#stored.set(descriptor.digest, storing());
    else await before;
    if (!before && !(await this.#target.exists(descriptor, { signal, intent: 'push' }))) return descriptor;
    await this.#skip(descriptor);
    return undefined;
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
    if (size < smallestAhead || chunkSize !== undefined || resume || mountFrom?.length) return false;
    this.#tagged ??= filesOfTag(this.#target, this.#tag, signal);
    return !(await this.#tagged).has(fileKey(size, name));
  }

  #stream(file: OpenedFile, content: ReadableStream<Uint8Array>, signal?: AbortSignal): Promise<Descriptor> {
    const { name, mediaType, annotations } = file;
    const { onProgress } = this.#options;
    const report = throttled(streamSteps, (transferred) =>
      onProgress?.({ type: 'hash', name, transferred, size: undefined }),
    );
    const describe = (digest: Digest, size: number): Descriptor => ({ mediaType, digest, size, annotations });
    const { pushStream } = this.#target as Required<Target>;
    return pushStream.call(this.#target, counted(content, report), describe, { ...this.#options, signal });
  }
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
