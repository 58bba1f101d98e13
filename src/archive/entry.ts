/** What an entry of an archive is: `link` is a hard link to a file of the same archive, `other` a device, a pipe or a socket. */
export type ArchiveEntryType = 'file' | 'directory' | 'symlink' | 'link' | 'other';

/** One entry of an archive, without its content. */
export interface ArchiveEntry {
  /** Path inside the archive, parts joined by `/`, without a leading `./` and without a slash at its end. */
  path: string;
  /** What it is. */
  type: ArchiveEntryType;
  /** Permission bits, such as 0o755. */
  mode: number;
  /** Bytes of a file; 0 for everything else. */
  size: number;
  /** Target of a symlink as it is written in it, or the path of the entry that a hard link repeats. */
  linkTarget?: string;
}
