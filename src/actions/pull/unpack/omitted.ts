/**
 * Why an entry of a directory is not in place as it was packed: `symlink`, `directory` (an empty one) and `executable`
 * are what the storage does not have; `special` is a device, a pipe or a socket, which are never made.
 */
export type OmittedReason = 'symlink' | 'directory' | 'executable' | 'special';

/** An entry of a directory that was left out, or an executable file that is there without its permission to run. */
export interface OmittedEntry {
  /** Path in the storage. */
  path: string;
  /** What is missing. */
  what: OmittedReason;
}
