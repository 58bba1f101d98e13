// The worker's program: hashes off the main thread, so that the page stays responsive.
import { type Hasher, sha256 } from '../../oci/sha256.ts';
import type { DigestAnswer, DigestRequest, HashAnswer, HashRequest } from './hash-messages.ts';
import { wasmSha256 } from './wasm-sha256.ts';

/**
 * Size of one read in bytes: Chromium reads larger parts of a file faster, 4 MiB at more than twice the speed of 1 MiB.
 * Two of them are in memory: the next one is read while one is hashed.
 */
const blockSize = 4 * 1024 * 1024;

const answer = (message: HashAnswer | DigestAnswer, transfer: ArrayBuffer[] = []): void =>
  postMessage(message, { transfer });

addEventListener('message', ({ data }: MessageEvent<HashRequest | DigestRequest>) => {
  const work = 'content' in data ? hash(data.content) : goOn(data);
  work.catch((error: unknown) => {
    if (error instanceof DOMException) answer({ type: 'unreadable', name: error.name, message: error.message });
    else answer({ type: 'unable' });
  });
});

/** Where WebAssembly is blocked, JavaScript is used, which is slower. */
const startHasher = (): Promise<Hasher> => wasmSha256().catch(() => sha256());

async function hash(content: Blob): Promise<void> {
  const hasher = await startHasher();
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

let running: Hasher | undefined;

/** One step of a running digest. */
async function goOn(request: DigestRequest): Promise<void> {
  if (request.type === 'start') {
    running = await startHasher();
    return answer({ type: 'started' });
  }
  if (!running) return answer({ type: 'unable' });
  if (request.type === 'end') return answer({ type: 'ended', digest: `sha256:${running.hex()}` });
  running.update(request.bytes);
  answer({ type: 'updated', bytes: request.bytes }, [request.bytes.buffer]);
}
