import { Worker, type WorkerOptions } from 'node:worker_threads';

// The build replaces the names of the sources by those of the built files, as do the tests.

/** Flags of the process, such as preloaded modules, are of no use for a thread, and slow down its start. */
const options: WorkerOptions = { execArgv: [] };

/** Starts a thread that walks directories and makes tars of them. If its file fails to load, it emits an `error` event. */
export function startTarThread(): Worker {
  return new Worker(new URL('./tar-thread.ts', import.meta.url), options);
}

/** Starts a thread that compresses blocks of archives; like {@link startTarThread}. */
export function startDeflateThread(): Worker {
  return new Worker(new URL('./deflate-thread.ts', import.meta.url), options);
}
