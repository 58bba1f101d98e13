// The worker's program: hashes off the main thread, so that the page stays responsive.
import { sha256 } from '../../oci/sha256.ts';
import type { HashAnswer, HashRequest } from './hash-messages.ts';
import { wasmSha256 } from './wasm-sha256.ts';

/**
 * Size of one read in bytes: Chromium reads larger parts of a file faster, 4 MiB at more than twice the speed of 1 MiB.
 * Two of them are in memory: the next one is read while one is hashed.
 */
const blockSize = 4 * 1024 * 1024;

const answer = (message: HashAnswer): void => postMessage(message);

addEventListener('message', ({ data }: MessageEvent<HashRequest>) => {
  hash(data.content).catch((error: unknown) => {
    if (error instanceof DOMException) answer({ type: 'unreadable', name: error.name, message: error.message });
    else answer({ type: 'unable' });
  });
});

async function hash(content: Blob): Promise<void> {
  // Where WebAssembly is blocked, JavaScript is used, which is slower.
  const hasher = await wasmSha256().catch(() => sha256());
  // With `slice`, not `stream()`, which hides the error in Chromium.
  const read = (start: number): Promise<ArrayBuffer> => {
    const block = content.slice(start, start + blockSize).arrayBuffer();
    block.catch(() => {});
    return block;
  };
  let next = read(0);
  for (let start = 0; start < content.size; start += blockSize) {
    const block = await next;
    next = read(start + blockSize);
    hasher.update(new Uint8Array(block));
    answer({ type: 'read', bytes: start + block.byteLength });
  }
  answer({ type: 'done', digest: `sha256:${hasher.hex()}` });
}
