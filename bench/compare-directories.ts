import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileSet } from './file-set.ts';
import { printDirectoryGoals } from './goals.ts';
import type { Measured } from './measure.ts';
import type { Place, Program } from './program.ts';
import { orasJs } from './program-oras-js.ts';
import { archiveOf, tarGzip } from './program-tar.ts';
import { type Bench, type Cell, medianOf, type RowResult } from './row.ts';
import { printRow } from './table.ts';

/** Measures pushes of directories beside oras and `tar | gzip`, and how large they become; large ones are pulled, too. */
export async function compareDirectories(
  { host, folder }: Bench,
  sets: readonly FileSet[],
  { oras, runs }: { oras: Program | undefined; runs: number },
): Promise<void> {
  const programs = [orasJs, ...(oras ? [oras] : []), tarGzip(folder)];
  for (const [index, files] of sets.entries()) {
    const measured = new Map<Program, Measured[]>(programs.map((program) => [program, []]));
    const sizes = new Map<string, number>();
    for (let round = 0; round < runs; round++) {
      for (const program of round % 2 === 0 ? programs : programs.toReversed()) {
        const place = { host, repository: `bench/${files.key}-${program.name.replace('|', '-')}-${round}` };
        measured.get(program)?.push(await program.push(files, place));
        const isLocal = program.name === 'tar|gzip';
        sizes.set(program.name, isLocal ? (await stat(archiveOf(folder))).size : await takeAway(place));
      }
    }
    const result = resultOf(`push of ${files.title}`, files, runs, measured);
    printRow(index + 1, result.row.title, result.cells);
    printSizes(sizes);
    printDirectoryGoals(result, sizes);
    if (files.key === 'directory-large') await measurePull({ host, folder }, files, oras ? [orasJs, oras] : [orasJs]);
  }
}

function resultOf(title: string, files: FileSet, runs: number, measured: Map<Program, Measured[]>): RowResult {
  const cells = [...measured].map(([{ name }, own]): Cell => ({ name, median: medianOf(own), runs: own.length }));
  return { row: { title, verb: 'push', files, runs }, cells };
}

function printSizes(sizes: ReadonlyMap<string, number>): void {
  const texts = [...sizes].map(([name, size]) => `${name} ${(size / 1e6).toFixed(1)} MB`);
  console.log(`   packed   ${texts.sort().join(', ')}`);
}

/** Removes the layer of a push from the registry, so that its disk stays free, and gives its size. */
async function takeAway({ host, repository }: Place): Promise<number> {
  const url = `http://${host}/v2/${repository}`;
  const accept = 'application/vnd.oci.image.manifest.v1+json';
  const response = await fetch(`${url}/manifests/v1`, { headers: { accept } });
  const { layers } = (await response.json()) as { layers: { digest: string; size: number }[] };
  for (const { digest } of layers) await fetch(`${url}/blobs/${digest}`, { method: 'DELETE' });
  return layers.reduce((sum, { size }) => sum + size, 0);
}

async function measurePull({ host, folder }: Bench, files: FileSet, programs: readonly Program[]): Promise<void> {
  const place = { host, repository: 'bench/directory-pulled' };
  await orasJs.push(files, place);
  const measured = new Map<Program, Measured[]>();
  for (const program of programs) {
    const target = join(folder, 'pulled');
    await mkdir(target);
    measured.set(program, [await program.pull(files, place, target)]);
    await rm(target, { recursive: true });
  }
  await takeAway(place);
  const result = resultOf(`pull of ${files.title}`, files, 1, measured);
  printRow(0, result.row.title, result.cells);
}
