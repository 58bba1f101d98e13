import { openAsBlob, type Stats } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { resolve } from 'node:path';

/** Above it, Node's own Blob of a file has a wrong size and wrong parts (https://github.com/nodejs/node/issues/52585). */
const mostOfNode = 2 ** 31 - 1;
const chunkSize = 256 * 1024;

/**
 * A file as a Blob that reads from the disk, of any size. It fails with a `NotReadableError` if the file changes.
 *
 * @throws Error of the system when there is none
 */
export async function openFile(path: string): Promise<Blob> {
  const stats = await stat(path);
  if (stats.size <= mostOfNode) return openAsBlob(path);
  return new LargeFile({ path: resolve(path), stats, start: 0, end: stats.size });
}

/** A part of a file, as it was. */
interface Part {
  path: string;
  stats: Stats;
  start: number;
  end: number;
}

/** A part of a file that is too large for Node's own Blobs. Node's fetch asks it for nothing but size, type and stream. */
class LargeFile extends Blob {
  readonly #part: Part;

  constructor(part: Part, type = '') {
    super([], { type });
    this.#part = part;
    Object.defineProperty(this, 'size', { value: part.end - part.start });
  }

  override slice(start = 0, end = this.size, type?: string): Blob {
    const at = (offset: number): number => this.#part.start + within(offset, this.size);
    return new LargeFile({ ...this.#part, start: at(start), end: Math.max(at(start), at(end)) }, type);
  }

  override stream(): ReadableStream<Uint8Array<ArrayBuffer>> {
    const { path, stats, start, end } = this.#part;
    let position = start;
    let handle: FileHandle | undefined;
    const close = async (): Promise<void> => handle?.close();
    return new ReadableStream<Uint8Array<ArrayBuffer>>(
      {
        async pull(controller) {
          try {
            handle ??= await open(path);
            // Before the first byte, and after the last: in between it may have been another file's.
            if (position === start || position === end) await requireUnchanged(handle, stats);
            if (position === end) {
              await close();
              return controller.close();
            }
            const chunk = new Uint8Array(Math.min(chunkSize, end - position));
            const { bytesRead } = await handle.read(chunk, 0, chunk.byteLength, position);
            if (bytesRead === 0) throw changed();
            position += bytesRead;
            controller.enqueue(chunk.subarray(0, bytesRead));
          } catch (error) {
            await close();
            throw handle ? error : changed({ cause: error });
          }
        },
        cancel: close,
      },
      { highWaterMark: 0 },
    );
  }

  override arrayBuffer(): Promise<ArrayBuffer> {
    return new Response(this.stream()).arrayBuffer();
  }

  override async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return new Uint8Array(await this.arrayBuffer());
  }

  override text(): Promise<string> {
    return new Response(this.stream()).text();
  }
}

/** An offset as `slice` takes it: from the end when it is negative, and never outside. */
function within(offset: number, size: number): number {
  return offset < 0 ? Math.max(0, size + offset) : Math.min(offset, size);
}

async function requireUnchanged(handle: FileHandle, before: Stats): Promise<void> {
  const now = await handle.stat();
  if (now.size !== before.size || now.mtimeMs !== before.mtimeMs || now.ino !== before.ino) throw changed();
}

function changed(options?: ErrorOptions): DOMException {
  return Object.assign(new DOMException('The file has changed, or is gone', 'NotReadableError'), options);
}
