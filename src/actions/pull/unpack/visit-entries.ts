import { pauses } from '../../../archive/pause.ts';
import type { AbortOptions } from '../../../options.ts';
import type { TreeEntry } from './entry-tree.ts';
import type { Unpacking } from './unpacking.ts';

/** An entry of the tree at its path. */
export interface Placed {
  /** Path in the storage. */
  path: string;
  /** What the storage compares the path by. */
  key: string;
  /** The entry. */
  entry: TreeEntry;
}

/**
 * Visits directories and their entries in order, a directory before what is in it, which is left out when `visit` gives
 * false.
 */
export async function visitEntries(
  unpacking: Unpacking,
  paths: readonly string[],
  visit: (placed: Placed) => Promise<boolean>,
  { signal }: AbortOptions,
): Promise<void> {
  const breathe = pauses();
  const next: Placed[] = [];
  for (const path of [...paths].reverse()) {
    const key = await unpacking.keyOf(path);
    const entry = unpacking.tree.find(path, key);
    if (entry) next.push({ path, key, entry });
  }
  for (let placed = next.pop(); placed; placed = next.pop()) {
    await breathe();
    signal?.throwIfAborted();
    if (!(await visit(placed))) continue;
    const { path, key, entry } = placed;
    for (const [name, below] of [...(entry.entries ?? [])].reverse()) {
      next.push({ path: `${path}/${below.name}`, key: `${key}/${name}`, entry: below });
    }
  }
}
