import { openAsBlob, type Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { sliceOf } from '../../bytes/slice.ts';
import { type FilePart, readPart } from './read-part.ts';

/**
 * Larger files: Node's own Blob of a file has a wrong size and wrong slices
 * (https://github.com/nodejs/node/issues/52585).
 */
const mostOfNode = 2 ** 31 - 1;

/**
 * Opens a file of any size as a Blob that reads from disk; `name` is its path in errors, `found` its stats if the caller has them. Reading fails with a
 * DOMException `NotReadableError` if the file changes, and `NotFoundError` if it is removed, like a File in a browser;
 * and with a FileError for any other reason. A Blob made from it always fails with Node's `NotReadableError`.
 *
 * @throws Error of the system when it does not exist
 */
export async function openFile(path: string, name: string = path, found?: Stats): Promise<Blob> {
  const stats = found ?? (await stat(path));
  const part = { path: resolve(path), name, stats, start: 0, end: stats.size };
  if (stats.size > mostOfNode) return new LargeFile(part);
  const blob = await openAsBlob(path).catch(async (error: unknown) => {
    // Node's error has no reason; most likely the file was removed in this moment.
    await stat(path);
    throw error;
  });
  return readByUs(blob, part);
}

/**
 * Node's own Blob of a file, because code that accesses its internals must work, such as `new Blob([file])`. Only
 * reading is replaced: the stream takes a third less time, and the errors have reasons.
 */
function readByUs(blob: Blob, part: FilePart): Blob {
  const slice = (start?: number, end?: number, type?: string): Blob =>
    readByUs(Blob.prototype.slice.call(blob, start, end, type), partOf(part, start, end));
  return Object.defineProperties(blob, {
    slice: { value: slice },
    stream: { value: () => readPart(part), configurable: true },
    arrayBuffer: { value: () => bufferOf(part) },
    bytes: { value: async () => new Uint8Array(await bufferOf(part)) },
    text: { value: () => textOf(part) },
    lastModified: { value: part.stats.mtimeMs },
  });
}

function bufferOf(part: FilePart): Promise<ArrayBuffer> {
  return new Response(readPart(part)).arrayBuffer();
}

function textOf(part: FilePart): Promise<string> {
  return new Response(readPart(part)).text();
}

/**
 * A part of a file that is too large for Node's own Blobs. Node's fetch uses only the size, type and stream of a Blob.
 */
class LargeFile extends Blob {
  readonly #part: FilePart;
  /** As in a File of a browser. */
  readonly lastModified: number;

  constructor(part: FilePart, type = '') {
    super([], { type });
    this.#part = part;
    this.lastModified = part.stats.mtimeMs;
    Object.defineProperty(this, 'size', { value: part.end - part.start });
  }

  override slice(start?: number, end?: number, type?: string): Blob {
    return new LargeFile(partOf(this.#part, start, end), type);
  }

  override stream(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return readPart(this.#part);
  }

  override arrayBuffer(): Promise<ArrayBuffer> {
    return bufferOf(this.#part);
  }

  override async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return new Uint8Array(await bufferOf(this.#part));
  }

  override text(): Promise<string> {
    return textOf(this.#part);
  }
}

function partOf(part: FilePart, start?: number, end?: number): FilePart {
  const [from, to] = sliceOf(part.end - part.start, start, end);
  return { ...part, start: part.start + from, end: part.start + to };
}
