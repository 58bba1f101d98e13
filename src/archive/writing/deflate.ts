import { pause } from '../pause.ts';
import { type BlockOptions, bytesOfBlock, type TarBlock } from './blocks.ts';
import type { DeflatedBlock } from './deflated-block.ts';

/** One block of a tar, compressed, and what it was before, for who hashes the tar. */
export interface PackedBlock extends DeflatedBlock {
  /** The block before it was compressed. It may be written over once it is hashed. */
  raw: Uint8Array<ArrayBuffer>;
}

/**
 * Reads and compresses one block of a tar. Which thread does it makes no difference to the bytes.
 *
 * @throws FileError or NotFoundError naming the entry whose file cannot be read as it was when it was opened
 */
export type DeflateBlock = (block: TarBlock, options: BlockOptions) => Promise<PackedBlock>;

type Encoder = typeof import('./pako-deflate.ts');
let loading: Promise<Encoder> | undefined;

/** The encoder, loaded when it is first needed: whoever packs no directory does without it. */
function loadEncoder(): Promise<Encoder> {
  loading ??= import('./pako-deflate.ts').catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

/** Compresses a block here, a few milliseconds at a time. */
export const deflateHere: DeflateBlock = async (block, options) => {
  const [{ deflateSteps }, raw] = await Promise.all([loadEncoder(), bytesOfBlock(block, options)]);
  const steps = deflateSteps(raw);
  for (;;) {
    options.signal?.throwIfAborted();
    const { done, value } = steps.next();
    if (done) return { ...value, raw };
    await pause();
  }
};
