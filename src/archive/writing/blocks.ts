import { readError } from '../../bytes/read-error.ts';
import { mapConcurrent } from '../../concurrency.ts';
import { FileError } from '../../errors.ts';
import type { AbortOptions } from '../../options.ts';
import type { TarPart } from './tar-parts.ts';

/** Bytes of a block, but for the last one, which may be shorter: a part of the recipe. */
export const blockSize: number = 1024 * 1024;

/** Files that are open at a time for one block. */
const mostOpen = 8;

/** The pieces of a tar that together are one block of it. */
export type TarBlock = readonly TarPart[];

/** Options of {@link bytesOfBlock}. */
export interface BlockOptions extends AbortOptions {
  /** Memory that is used if the block has room in it. Default: new memory. */
  memory?: Uint8Array<ArrayBuffer> | undefined;
}

/** Cuts the pieces of a tar into blocks of 1 MiB. Nothing is read. */
export async function* tarBlocks(parts: AsyncIterable<TarPart>): AsyncGenerator<TarBlock, void, void> {
  let block: TarPart[] = [];
  let room = blockSize;
  for await (const part of parts) {
    for (let start = 0; start < sizeOf(part); ) {
      const end = Math.min(start + room, sizeOf(part));
      block.push(slice(part, start, end));
      room -= end - start;
      start = end;
      if (room > 0) continue;
      yield block;
      block = [];
      room = blockSize;
    }
  }
  if (block.length > 0) yield block;
}

/**
 * The bytes of a block.
 *
 * @throws FileError naming the entry whose file has changed since it was opened, or cannot be read
 * @throws NotFoundError naming the entry whose file was removed
 */
export async function bytesOfBlock(
  block: TarBlock,
  { memory, signal }: BlockOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const size = block.reduce((sum, part) => sum + sizeOf(part), 0);
  const bytes = memory && memory.byteLength >= size ? memory.subarray(0, size) : new Uint8Array(size);
  let offset = 0;
  const files: { part: Exclude<TarPart, Uint8Array>; offset: number }[] = [];
  for (const part of block) {
    if (part instanceof Uint8Array) bytes.set(part, offset);
    else files.push({ part, offset });
    offset += sizeOf(part);
  }
  await mapConcurrent(files, mostOpen, signal, async ({ part, offset }) => {
    bytes.set(await read(part), offset);
  });
  return bytes;
}

async function read({ path, content }: Exclude<TarPart, Uint8Array>): Promise<Uint8Array> {
  const bytes = await content.arrayBuffer().catch(async (error: unknown) => {
    throw await readError(error, content, path, 'Cannot pack');
  });
  if (bytes.byteLength === content.size) return new Uint8Array(bytes);
  const message = `Cannot pack: the file ${path} has changed after it was opened; open it again`;
  throw new FileError(message, path, 'NotReadableError');
}

function sizeOf(part: TarPart): number {
  return part instanceof Uint8Array ? part.byteLength : part.content.size;
}

function slice(part: TarPart, start: number, end: number): TarPart {
  if (start === 0 && end === sizeOf(part)) return part;
  if (part instanceof Uint8Array) return part.subarray(start, end);
  return { path: part.path, content: part.content.slice(start, end) };
}
