import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeNoise } from './noise-file.ts';

/** One file of a set. */
export interface BenchFile {
  /** Its name in the folder of the set. */
  name: string;
  /** Its size in bytes. */
  size: number;
  /** Its digest. */
  digest: string;
}

/** The files of one artifact. */
export interface FileSet {
  /** One word, which repositories are called by. */
  key: string;
  /** What it is, in words. */
  title: string;
  /** The folder the files are in, and nothing else. */
  folder: string;
  /** The files. */
  files: BenchFile[];
}

/** What a set is made of. */
export interface FileSetPlan {
  key: string;
  title: string;
  /** How many files. */
  count: number;
  /** Bytes of each. */
  size: number;
}

/** Writes a set below a folder. */
export async function writeFileSet(parent: string, { key, title, count, size }: FileSetPlan): Promise<FileSet> {
  const folder = join(parent, key);
  await mkdir(folder);
  const files: BenchFile[] = [];
  for (let i = 1; i <= count; i++) {
    const name = `file-${String(i).padStart(4, '0')}.bin`;
    files.push({ name, size, digest: await writeNoise(join(folder, name), size) });
  }
  return { key, title, folder, files };
}

/** Bytes of all files of a set. */
export function sizeOf({ files }: FileSet): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}
