/** An entry of a folder. */
export interface WalkedEntry<Folder> {
  /** The handle of a folder, to read it with; undefined for other entries. */
  folder?: Folder | undefined;
}

/** Walks a folder recursively; `read` lists one folder. A folder is yielded before its entries. */
export async function* entriesBelow<Folder, Entry extends WalkedEntry<Folder>>(
  root: Folder,
  read: (folder: Folder) => AsyncIterable<Entry>,
  signal?: AbortSignal,
): AsyncGenerator<Entry, void, void> {
  // A list, not recursion: folders can be nested deeper than the call stack.
  const folders = [root];
  for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
    signal?.throwIfAborted();
    for await (const entry of read(next)) {
      yield entry;
      if (entry.folder !== undefined) folders.push(entry.folder);
    }
  }
}
