import { isOrasError, MemoryStorage, type Repository } from 'oras-js';
import { noise } from './noise.ts';
import { described } from './upload-registry.ts';

/** Whole numbers from 0 below a bound. */
export type Random = (below: number) => number;

/** Numbers that are the same for the same seed. */
export function randomOf(seed: number): Random {
  const words = new Uint32Array(noise(4 * 4096, (seed + 1) * 2_654_435_761).buffer);
  let next = 0;
  return (below) => words[next++ % words.length]! % below;
}

/** The ways content is uploaded in. */
export const ways = ['whole', 'chunks', 'resume', 'stream', 'ahead'] as const;

/** One upload of random content. */
export interface RandomUpload {
  way: (typeof ways)[number];
  bytes: Uint8Array<ArrayBuffer>;
  chunkSize: number;
}

/** What is uploaded with these numbers, of at most so many bytes. */
export function randomUpload(random: Random, most: number): RandomUpload {
  const size = random(8) === 0 ? random(3) : random(most);
  return {
    way: ways[random(ways.length)]!,
    bytes: noise(size, 1 + random(1_000_000)),
    chunkSize: 1000 + random(Math.ceil(most / 2)),
  };
}

/** Uploads, again after pauses and failures where that goes on, and gives the error it ended with, if it did. */
export async function uploadAnyhow(repository: Repository, upload: RandomUpload, random: Random): Promise<unknown> {
  const notes = new MemoryStorage();
  for (let left = upload.way === 'resume' ? 3 : 0; ; left--) {
    const error = await uploadOnce(repository, upload, random, { notes, pauses: left > 0 }).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (error === undefined || left === 0) return error;
    if (error !== pause && !isOrasError(error)) throw error;
  }
}

function uploadOnce(
  to: Repository,
  { bytes, chunkSize, way }: RandomUpload,
  random: Random,
  { notes, pauses }: { notes: MemoryStorage; pauses: boolean },
): Promise<unknown> {
  const descriptor = described(bytes);
  const content = new Blob([bytes]);
  if (way === 'whole') return to.push(descriptor, content);
  if (way === 'chunks') return to.push(descriptor, content, { chunkSize });
  if (way === 'ahead') return to.begin(content).then((pending) => pending.commit(descriptor));
  if (way === 'stream') {
    return to.begin(pieces(bytes, random), { chunkSize }).then((pending) => pending.commit(descriptor));
  }
  const abort = new AbortController();
  let steps = random(6);
  const onProgress = (): void => void (steps-- === 0 && pauses && abort.abort(pause));
  return to.push(descriptor, content, { chunkSize, resume: notes, signal: abort.signal, onProgress });
}

const pause = new Error('paused');

/** A stream of pieces of random sizes. */
function pieces(bytes: Uint8Array, random: Random): ReadableStream<Uint8Array> {
  let offset = 0;
  return new ReadableStream({
    pull(controller) {
      if (offset >= bytes.length) return controller.close();
      const end = offset + 1 + random(40_000);
      controller.enqueue(bytes.slice(offset, end));
      offset = end;
    },
  });
}
