import { openAsBlob } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { type Descriptor, Registry } from 'oras-js';
import { createFetch } from 'oras-js/node';

/** What the program is to do. */
export interface Task {
  /** Repository that is used. */
  reference: string;
  /** A file with authorities. */
  ca?: string;
  /** A file to push as this blob. */
  push?: { file: string; descriptor: Descriptor };
  /** A blob to read from beginning to end. */
  read?: Descriptor;
}

/** What came of it. */
export interface Outcome {
  /** Bytes of memory the process had at most, more than before. */
  memory: number;
  /** Bytes that were read. */
  bytes: number;
}

// A program of a user of the package, in a process of its own so that its memory can be measured.
const task = JSON.parse(process.argv[2] ?? '') as Task;
const fetch = await createFetch({ ca: task.ca, proxy: 'none' });
const registry = new Registry({ plainHttp: false, retry: { limit: 0 }, credentials: () => undefined, fetch });
const repository = registry.repository(task.reference);

await registry.ping(repository.reference.host);
globalThis.gc?.();
let bytes = 0;
let most = 0;
const before = process.memoryUsage.rss();
const watching = new AbortController();
const watch = async (): Promise<void> => {
  for (;;) {
    most = Math.max(most, process.memoryUsage.rss());
    await delay(5, undefined, { signal: watching.signal });
  }
};
const watched = watch().catch(() => {});
if (task.push) await repository.push(task.push.descriptor, await openAsBlob(task.push.file));
if (task.read) {
  const reader = (await repository.fetch(task.read)).getReader();
  for (let read = await reader.read(); !read.done; read = await reader.read()) bytes += read.value.byteLength;
}
watching.abort();
await watched;
const outcome: Outcome = { memory: most - before, bytes };
process.stdout.write(JSON.stringify(outcome));
