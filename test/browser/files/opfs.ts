import { HandleStorage } from 'oras-js/browser';
import { afterAll, afterEach, beforeEach, vi } from 'vitest';

/** A directory of the origin private file system that nobody uses yet; it is removed after the file's last test. */
export async function emptyDirectory(): Promise<FileSystemDirectoryHandle> {
  const name = `test-${crypto.randomUUID()}`;
  const root = await navigator.storage.getDirectory();
  names.push(name);
  return root.getDirectoryHandle(name, { create: true });
}

/**
 * A new directory, which is the root of the origin private file system in each of this file's tests. Those of other files run
 * at the same time and have the same true root, so that nobody can count what is in it.
 */
export async function ownRoot(): Promise<FileSystemDirectoryHandle> {
  const root = await emptyDirectory();
  beforeEach(() => {
    vi.spyOn(navigator.storage, 'getDirectory').mockResolvedValue(root);
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });
  return root;
}

/** A storage in a directory of its own. */
export async function emptyStorage(): Promise<HandleStorage> {
  return new HandleStorage(await emptyDirectory());
}

/** The names of everything in a directory and below, what is hidden included. */
export async function namesBelow(directory: FileSystemDirectoryHandle): Promise<string[]> {
  const names: string[] = [];
  const { values } = directory as unknown as { values(): AsyncIterable<FileSystemHandle> };
  for await (const handle of values.call(directory)) {
    names.push(handle.name);
    if (handle instanceof FileSystemDirectoryHandle) {
      names.push(...(await namesBelow(handle)).map((name) => `${handle.name}/${name}`));
    }
  }
  return names.sort();
}

const files = FileSystemFileHandle.prototype as unknown as Record<string, unknown>;
const directories = FileSystemDirectoryHandle.prototype as unknown as Record<string, unknown>;
const { move } = files;
const { move: moveDirectory } = directories;

/** Changes how files are moved, and directories, which Firefox moves, too; until the test ends. */
export function setMove(changed: unknown): void {
  files.move = changed;
  if (moveDirectory) directories.move = changed;
}

/** Files and directories are moved as the browser does it again. */
export function resetMove(): void {
  files.move = move;
  if (moveDirectory) directories.move = moveDirectory;
}

afterEach(resetMove);

const names: string[] = [];

afterAll(async () => {
  const root = await navigator.storage.getDirectory();
  for (const name of names) await root.removeEntry(name, { recursive: true });
});
