import { type FileSet, writeFileSet } from './file-set.ts';

const kibibyte = 1024;
const mebibyte = 1024 * kibibyte;

/** All that is sent. */
export interface FileSets {
  /** One file of six bytes. */
  tiny: FileSet;
  /** One big file. */
  big: FileSet;
  /** A thousand small files. */
  many: FileSet;
  /** Eight files, as large as the big one together. */
  layers: FileSet;
}

/** Writes all that is sent. */
export async function writeFileSets(folder: string, mebibytes: number): Promise<FileSets> {
  const write = (key: string, title: string, count: number, size: number): Promise<FileSet> =>
    writeFileSet(folder, { key, title, count, size });
  const part = Math.max(1, Math.round(mebibytes / 8));
  return {
    tiny: await write('tiny', 'one file of 6 bytes', 1, 6),
    big: await write('big', `one file of ${mebibytes} MiB`, 1, mebibytes * mebibyte),
    many: await write('many', '1,000 files of 10 KiB', 1000, 10 * kibibyte),
    layers: await write('layers', `8 files of ${part} MiB`, 8, part * mebibyte),
  };
}
