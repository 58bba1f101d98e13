import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ignoring } from '../../errors/ignoring.ts';

const running = new Map<string, Promise<void>>();
const waiting = new Map<string, Promise<void>>();
const making = new Map<string, Promise<void>>();

/**
 * Flushes a directory to disk (fsync): a new name survives a power loss only after that. Callers during a flush share
 * the next one, because the current flush may have begun before their name was added.
 */
export function flushDirectory(path: string): Promise<void> {
  const last = running.get(path);
  if (!last) return remembered(running, path, flush);
  return (
    waiting.get(path) ??
    remembered(waiting, path, async () => {
      await last.catch(() => {});
      waiting.delete(path);
      await flushDirectory(path);
    })
  );
}

/** Makes a directory, unless it exists, and flushes its name to disk. */
export function makeDirectory(path: string): Promise<void> {
  return beingMade(path) ?? remembered(making, path, make);
}

/** Waits until an existing directory, which another call may have just made, is flushed to disk. */
export function beingMade(path: string): Promise<void> | undefined {
  return making.get(path);
}

function remembered(
  map: Map<string, Promise<void>>,
  path: string,
  work: (path: string) => Promise<void>,
): Promise<void> {
  const promise = work(path).finally(() => {
    if (map.get(path) === promise) map.delete(path);
  });
  map.set(path, promise);
  return promise;
}

async function make(path: string): Promise<void> {
  const isNew = await mkdir(path).then(() => true, ignoring('EEXIST'));
  if (isNew) await flushDirectory(dirname(path));
}

async function flush(path: string): Promise<void> {
  // Not every platform can open a directory to flush it.
  if (process.platform === 'win32') return;
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
