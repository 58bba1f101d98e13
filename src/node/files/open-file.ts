import { openAsBlob } from 'node:fs';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { sliceOf } from '../../bytes/slice.ts';
import { type FilePart, readPart } from './read-part.ts';

/** Above it, Node's own Blob of a file has a wrong size and wrong parts (https://github.com/nodejs/node/issues/52585). */
const mostOfNode = 2 ** 31 - 1;

/**
 * A file as a Blob that reads from the disk, of any size; `name` is its path in errors. Reading it fails with a
 * DOMException `NotReadableError` if the file changes and `NotFoundError` if it is removed, as a File in a browser does,
 * and with a FileError for any other reason. A Blob that is made of it fails with Node's `NotReadableError` in any case.
 *
 * @throws Error of the system when there is none
 */
export async function openFile(path: string, name: string = path): Promise<Blob> {
  const stats = await stat(path);
  const part = { path: resolve(path), name, stats, start: 0, end: stats.size };
  if (stats.size > mostOfNode) return new LargeFile(part);
  const blob = await openAsBlob(path).catch(async (error: unknown) => {
    // Its error does not say why; most likely the file was removed in this moment.
    await stat(path);
    throw error;
  });
  return readByUs(blob, part);
}

/**
 * Node's own Blob of a file, which it stays for those who look inside, as Blobs do that are made of others. Only reading
 * is ours: the stream costs a third less time, and the errors say why.
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
  });
}

function bufferOf(part: FilePart): Promise<ArrayBuffer> {
  return new Response(readPart(part)).arrayBuffer();
}

function textOf(part: FilePart): Promise<string> {
  return new Response(readPart(part)).text();
}

/** A part of a file that is too large for Node's own Blobs. Node's fetch asks it for nothing but size, type and stream. */
class LargeFile extends Blob {
  readonly #part: FilePart;

  constructor(part: FilePart, type = '') {
    super([], { type });
    this.#part = part;
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
