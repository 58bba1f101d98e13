// The worker's program: reads and compresses blocks of archives off the main thread.
import { bytesOfBlock } from '../../archive/writing/blocks.ts';
import { deflateBlock } from '../../archive/writing/pako-deflate.ts';
import { postedError } from '../../errors/posted-error.ts';
import type { DeflateAnswer, DeflateRequest } from './deflate-messages.ts';

const answer = (message: DeflateAnswer, transfer: ArrayBuffer[] = []): void => postMessage(message, { transfer });

addEventListener('message', async ({ data: { block, memory } }: MessageEvent<DeflateRequest>) => {
  try {
    const raw = await bytesOfBlock(block, { memory });
    const packed = { ...deflateBlock(raw), raw };
    answer({ type: 'done', packed }, [packed.bytes.buffer, raw.buffer]);
  } catch (cause) {
    const error = postedError(cause);
    answer(error ? { type: 'failed', error } : { type: 'unable' });
  }
});
