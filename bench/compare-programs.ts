import { measureImport, printImport } from './cold-start.ts';
import type { FileSet } from './file-set.ts';
import type { FileSets } from './file-sets.ts';
import { printGoals } from './goals.ts';
import type { Place, Program } from './program.ts';
import { orasJs } from './program-oras-js.ts';
import { findPrograms } from './programs.ts';
import { type Bench, measureRow, type Row, type RowResult } from './row.ts';
import type { Settings } from './settings.ts';
import { printRow } from './table.ts';

/** A process starts so soon that it takes many runs to tell. */
const coldRuns = 9;

/** Measures this package beside other programs, all against one registry, and prints each row when it is there. */
export async function comparePrograms(
  bench: Bench,
  { tiny, big, many, layers }: FileSets,
  { runs }: Settings,
): Promise<void> {
  const { programs, skipped } = findPrograms();
  for (const { name, note } of programs) console.log(`  ${name.padEnd(9)}${note}`);
  for (const { name, reason } of skipped) console.log(`  ${name.padEnd(9)}skipped, ${reason}`);

  const { host } = bench;
  for (const files of [tiny, big, many, layers]) await prepare(programs, files);
  // The first run of a program reads it from the disk.
  for (const program of programs) await program.push(tiny, { host, repository: 'bench/first' }).catch(() => {});

  const results: Record<string, RowResult> = {};
  const measured = async (key: string, row: Row): Promise<void> => {
    const result = await measureRow(row, programs, bench);
    printRow(Object.keys(results).length + 1, result.row.title, result.cells);
    results[key] = result;
  };
  for (const files of [big, many, layers]) {
    await measured(`push ${files.key}`, { title: `push of ${files.title}`, verb: 'push', files, runs });
    const there = await pushed(files, host);
    await measured(`pull ${files.key}`, { title: `pull of ${files.title}`, verb: 'pull', files, there, runs });
  }
  const there = await pushed(big, host);
  const again = `push of ${big.title} that is there already`;
  await measured('again', { title: again, verb: 'push', files: big, there, runs });
  const cold = `cold start: push of ${tiny.title}`;
  await measured('cold', { title: cold, verb: 'push', files: tiny, runs: coldRuns });
  const importing = await measureImport(coldRuns);
  printImport(importing);
  printGoals(results, importing);
}

async function prepare(programs: Program[], files: FileSet): Promise<void> {
  for (const program of programs) await program.prepare?.(files);
}

/** Where a set of files is. */
async function pushed(files: FileSet, host: string): Promise<Place> {
  const place = { host, repository: `bench/${files.key}` };
  await orasJs.push(files, place);
  return place;
}
