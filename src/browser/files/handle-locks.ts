/**
 * Runs `work` under a lock for the path, shared by all pages and workers of this origin: a move fails while another
 * move to the same path is pending, instead of waiting for it.
 */
export function locked<T>(path: string, mode: LockMode, work: () => Promise<T>): Promise<T> {
  return navigator.locks.request(`oras-js:${path}`, { mode }, work) as Promise<T>;
}

/**
 * Runs `work` under the lock that callers of storages take for a file. Its name is all that is known of a file in every
 * storage of its directory: one of a directory above has a longer path for it.
 */
export function lockedByCaller<T>(name: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  return navigator.locks.request(`oras-js:caller:${name}`, { ...(signal && { signal }) }, work) as Promise<T>;
}

/**
 * Takes a lock for a hidden name, until the returned function is called or the page is closed; it distinguishes the page's
 * files from leftovers.
 */
export function holdName(name: string): Promise<() => void> {
  return new Promise((resolve, reject) => {
    const held = (): Promise<void> => new Promise<void>((release) => resolve(release));
    navigator.locks.request(lockOf(name), held).catch(reject);
  });
}

/** Runs `remove` if no page holds the lock of a hidden name. */
export async function ifUnused(name: string, remove: () => Promise<void>): Promise<void> {
  await navigator.locks.request(lockOf(name), { ifAvailable: true }, async (lock) => {
    if (lock) await remove();
  });
}

function lockOf(name: string): string {
  return `oras-js:used:${name}`;
}
