import { copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import type { FileSet } from './file-set.ts';
import { bytesBelow } from './folder.ts';
import { writeNoise } from './noise-file.ts';

const mebibyte = 1024 * 1024;
const sources = { count: 10_000, types: ['.js', '.cjs', '.mjs', '.ts', '.cts', '.mts', '.json', '.md', '.map'] };
const programs = { bytes: 200_000_000, folders: ['/usr/lib', '/usr/bin', '/usr/local/bin'], smallest: 100_000 };

/** Writes directories that are pushed as one layer each: sources, programs, and what cannot be compressed. */
export async function writeDirectorySets(parent: string, largeMebibytes: number): Promise<FileSet[]> {
  const folder = join(parent, 'directories');
  const made = (name: string): string => {
    mkdirSync(join(folder, name), { recursive: true });
    return join(folder, name);
  };
  copySources(made('sources'));
  await copyPrograms(made('programs'));
  await writeNoises(made('archives'), 200);
  if (largeMebibytes > 0) await writeNoises(made('large'), largeMebibytes);
  const names = ['sources', 'programs', 'archives', ...(largeMebibytes > 0 ? ['large'] : [])];
  return Promise.all(names.map((name) => setOf(folder, name)));
}

async function setOf(folder: string, name: string): Promise<FileSet> {
  const size = await bytesBelow(join(folder, name));
  const count = readdirSync(join(folder, name), { recursive: true, withFileTypes: true }).filter((e) =>
    e.isFile(),
  ).length;
  const title = `a directory of ${name}, ${count.toLocaleString('en')} files, ${Math.round(size / 1e6)} MB`;
  return { key: `directory-${name}`, title, folder, files: [{ name, size, digest: '' }] };
}

/** Files of the packages that this one is developed with, as often as it takes to have enough. */
function copySources(target: string): void {
  const root = join(import.meta.dirname, '../../node_modules');
  const all = readdirSync(root, { recursive: true, withFileTypes: true }).sort(byPlace);
  const files = all.filter((entry) => entry.isFile() && sources.types.includes(extname(entry.name)));
  for (let copied = 0; files.length > 0 && copied < sources.count; copied++) {
    const round = Math.floor(copied / files.length);
    const { parentPath, name } = files[copied % files.length] as (typeof files)[number];
    const place = join(target, `${round}`, parentPath.slice(root.length));
    mkdirSync(place, { recursive: true });
    copyFileSync(join(parentPath, name), join(place, name));
  }
}

function byPlace(a: { parentPath: string; name: string }, b: { parentPath: string; name: string }): number {
  return join(a.parentPath, a.name) < join(b.parentPath, b.name) ? -1 : 1;
}

/** Programs and libraries of this system. */
async function copyPrograms(target: string): Promise<void> {
  let left = programs.bytes;
  for (const folder of programs.folders) {
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }).sort(byPlace)) {
      if (left <= 0) return;
      if (!entry.isFile() || !/\.so(\.|$)|^[^.]+$/.test(entry.name)) continue;
      const place = join(entry.parentPath, entry.name);
      const { size, mode } = await stat(place);
      if (size < programs.smallest || size > left || (mode & 0o444) !== 0o444) continue;
      copyFileSync(place, join(target, `${left}-${basename(place)}`));
      left -= size;
    }
  }
}

async function writeNoises(target: string, mebibytes: number): Promise<void> {
  for (let left = mebibytes; left > 0; left -= 20) {
    await writeNoise(join(target, `${left}.zip`), Math.min(left, 20) * mebibyte);
  }
}
