import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ignoring } from '../../errors/ignoring.ts';

const running = new Map<string, Promise<void>>();
const waiting = new Map<string, Promise<void>>();
const making = new Map<string, Promise<void>>();

/**
 * Brings the names in a directory to the disk: a new name is there when its directory is. Whoever asks while it is being
 * flushed shares the next flush with all others who do, as the one that runs may have begun before the name was there.
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

/** Makes a directory, if it is not there, and brings its name to the disk. */
export function makeDirectory(path: string): Promise<void> {
  return beingMade(path) ?? remembered(making, path, make);
}

/** Settles when a directory that is there, but may just have been made by somebody else, is on the disk. */
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
  // Not every platform lets a directory be opened for that.
  if (process.platform === 'win32') return;
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
