import { onAbort } from '../../aborts.ts';
import type { HashOptions } from '../../bytes/hash.ts';
import type { Digest } from '../../types.ts';
import type { HashAnswer, HashRequest } from './hash-messages.ts';

/** Milliseconds without a message after which a worker counts as dead, at the second time in a row. */
const silence = 15_000;

/** The result of a worker's job. */
export type HashResult =
  /** The digest. */
  | { digest: Digest }
  /** An error of the content; the worker can be used again. */
  | { error: unknown }
  /** The worker died, or failed to start. */
  | { hasAnswered: boolean };

/**
 * Hashes content in a worker. It always settles, also if the worker fails to start, fails later, or stops responding.
 *
 * @throws the reason of the signal; the worker is then busy, and must not be used again
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
    // Twice in a row: after a page was frozen, the timer may fire before the worker's pending messages.
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
        // The caller's listener threw.
        end(() => reject(error));
      }
    };
    worker.onmessageerror = lost;
    worker.onerror = (event) => {
      // Handled here: no error event on the page.
      event.preventDefault();
      lost();
    };
    worker.postMessage({ content } satisfies HashRequest);
  });
}
