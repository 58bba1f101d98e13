import type { PoolWorker } from '../../workers/pool-worker.ts';

/** Milliseconds without a message after which a worker counts as dead, at the second time in a row. */
const silence = 15_000;

/** A worker of a page as a worker of a pool. */
export function pageWorker(worker: Worker): PoolWorker {
  let watch: ReturnType<typeof setInterval> | undefined;
  return {
    post: (message, transfer = []) => worker.postMessage(message, [...transfer]),
    listen(listener) {
      clearInterval(watch);
      worker.onmessage = worker.onmessageerror = worker.onerror = null;
      if (!listener) return;
      let isHeard = true;
      // Twice in a row: after a page was frozen, the timer may fire before the worker's pending messages.
      watch = setInterval(() => {
        if (!isHeard) listener.lost();
        isHeard = false;
      }, silence);
      worker.onmessage = ({ data }) => {
        isHeard = true;
        listener.heard(data);
      };
      worker.onmessageerror = () => listener.lost();
      worker.onerror = (event) => {
        // Handled here: no error event on the page.
        event.preventDefault();
        listener.lost(event.error);
      };
    },
    end: () => worker.terminate(),
  };
}
