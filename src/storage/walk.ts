/** What one folder has in it. */
export interface WalkedEntry<Folder> {
  /** Set for a folder: what is needed to read it. */
  folder?: Folder | undefined;
}

/** Everything in a folder and at any depth below, as `read` gives it folder by folder; a folder comes before its entries. */
export async function* entriesBelow<Folder, Entry extends WalkedEntry<Folder>>(
  root: Folder,
  read: (folder: Folder) => AsyncIterable<Entry>,
  signal?: AbortSignal,
): AsyncGenerator<Entry, void, void> {
  // A list and not recursion: directories may be nested deeper than calls can be.
  const folders = [root];
  for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
    signal?.throwIfAborted();
    for await (const entry of read(next)) {
      yield entry;
      if (entry.folder !== undefined) folders.push(entry.folder);
    }
  }
}
