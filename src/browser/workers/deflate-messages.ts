import type { TarBlock } from '../../archive/writing/blocks.ts';
import type { PackedBlock } from '../../archive/writing/deflate.ts';
import type { PostedError } from '../../errors/posted-error.ts';

/** A message to a worker that compresses. */
export interface DeflateRequest {
  /** The block; files are passed by reference, without reading them. */
  block: TarBlock;
  /** Memory to read the block into, if there is any. */
  memory: Uint8Array<ArrayBuffer> | undefined;
}

/** A message from the worker. */
export type DeflateAnswer =
  /** The block is compressed; all memory is moved to the page. */
  | { type: 'done'; packed: PackedBlock }
  /** A file of the block cannot be read. */
  | { type: 'failed'; error: PostedError }
  /** The worker failed for an unknown reason. */
  | { type: 'unable' };
