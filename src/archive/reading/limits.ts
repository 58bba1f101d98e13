/** Most entries by default. */
export const mostEntries = 1_000_000;

/** How much an archive may hold. All are checked while it is read, before anything of it is used. */
export interface ArchiveLimits {
  /** Most entries; each 256 characters of a symlink's target count as one more. Default 1,000,000. */
  maxEntries?: number | undefined;
  /**
   * Most bytes of all entries together, headers included, after decompression. A hard link counts as a copy of its file.
   * Default 64 GiB.
   */
  maxSize?: number | undefined;
  /** How many times as large as the compressed bytes the decompressed ones may be, beyond the first 16 MiB. Default 1,000. */
  maxRatio?: number | undefined;
}
