import { onAbort } from '../../aborts.ts';
import type { HashOptions } from '../../bytes/hash.ts';
import type { Digest } from '../../types.ts';
import type { HashAnswer, HashRequest } from './hash-messages.ts';

/** Milliseconds without a word, once or twice, after which a worker is taken for dead. */
const silence = 15_000;

/** How the work of a worker ended. */
export type HashResult =
  /** With a digest. */
  | { digest: Digest }
  /** With an error of the content; the worker is as good as before. */
  | { error: unknown }
  /** The worker died, or never lived. */
  | { hasAnswered: boolean };

/**
 * Lets a worker hash content. It always ends: also when the worker cannot start, fails, or says nothing any more.
 *
 * @throws what the signal was aborted with; the worker is then in the middle of its work, and of no use
 */
export function runHashJob(worker: Worker, content: Blob, { signal, onRead }: HashOptions = {}): Promise<HashResult> {
  return new Promise<HashResult>((resolve, reject) => {
    signal?.throwIfAborted();
    let hasAnswered = false;
    let isHeard = true;
    const end = (settle: () => void): void => {
      clearInterval(watch);
      release();
      worker.onmessage = worker.onmessageerror = worker.onerror = null;
      settle();
    };
    const lost = (): void => end(() => resolve({ hasAnswered }));
    // Twice in a row: in a page that was frozen for a while, the timer may be ahead of what the worker has said.
    const watch = setInterval(() => {
      if (!isHeard) lost();
      isHeard = false;
    }, silence);
    const take = (answer: HashAnswer): void => {
      if (answer.type === 'read') onRead?.(answer.bytes);
      else if (answer.type === 'done') end(() => resolve({ digest: answer.digest }));
      else if (answer.type === 'unable') lost();
      else end(() => resolve({ error: new DOMException(answer.message, answer.name) }));
    };
    const release = onAbort(signal, () => end(() => reject(signal?.reason)));
    worker.onmessage = ({ data }: MessageEvent<HashAnswer>) => {
      hasAnswered = isHeard = true;
      try {
        take(data);
      } catch (error) {
        // The listener of the caller failed.
        end(() => reject(error));
      }
    };
    worker.onmessageerror = lost;
    worker.onerror = (event) => {
      // It is dealt with: nobody else need be told.
      event.preventDefault();
      lost();
    };
    worker.postMessage({ content } satisfies HashRequest);
  });
}
