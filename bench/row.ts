import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type FileSet, sizeOf } from './file-set.ts';
import { bytesBelow } from './folder.ts';
import type { Measured } from './measure.ts';
import type { Place, Program } from './program.ts';

/** One thing that all programs do. */
export interface Row {
  /** What it is, in words. */
  title: string;
  verb: 'push' | 'pull';
  files: FileSet;
  /** Where everything is already: what is pulled, or what need not be pushed. Without, each run has a new repository. */
  there?: Place;
  /** How often it is measured. */
  runs: number;
}

/** What takes longer, in seconds, is measured once for programs that are only beside. */
const longAside = 1;

/** What one program did: its runs, or why there are none. */
export type Cell = { name: string } & ({ median: Measured; runs: number } | { reason: string });

/** What all programs did. */
export interface RowResult {
  row: Row;
  cells: Cell[];
}

/** Where a row is measured. */
export interface Bench {
  /** Host and port of the registry. */
  host: string;
  /** A folder for what is pulled. */
  folder: string;
}

/**
 * Measures a row: every program in turn, and that several times, so that what disturbs the machine hits all alike. Every
 * other time they go backwards, as each is disturbed by what the one before it left to the disk.
 */
export async function measureRow(row: Row, programs: Program[], bench: Bench): Promise<RowResult> {
  const runs = new Map<Program, Measured[]>();
  const reasons = new Map<Program, string>();
  for (let round = 0; round < row.runs; round++) {
    for (const program of round % 2 === 0 ? programs : programs.toReversed()) {
      const reason = row.verb === 'push' && row.there && program.notWhenThere;
      if (reason) reasons.set(program, reason);
      const [first] = runs.get(program) ?? [];
      const isEnough = program.isAside && first !== undefined && first.seconds > longAside;
      if (reasons.has(program) || isEnough) continue;
      try {
        const measured = await run(row, program, bench, round);
        runs.set(program, [...(runs.get(program) ?? []), measured]);
      } catch (error) {
        reasons.set(program, String(error instanceof Error ? error.message : error).slice(-300));
      }
    }
  }
  const cells = programs.map((program): Cell => {
    const reason = reasons.get(program);
    const { name } = program;
    const own = runs.get(program) ?? [];
    return reason ? { name, reason } : { name, median: medianOf(own), runs: own.length };
  });
  return { row, cells };
}

async function run({ verb, files, there }: Row, program: Program, bench: Bench, round: number): Promise<Measured> {
  if (verb === 'push') {
    const repository = `bench/${files.key}-${program.name}-${round}`;
    const place = there ?? { host: bench.host, repository };
    const measured = await program.push(files, place);
    if (!there) await removeLargeBlobs(files, place);
    return measured;
  }
  if (!there) throw new Error('there is nothing to pull');
  const folder = join(bench.folder, 'pulled');
  await mkdir(folder);
  try {
    const measured = await program.pull(files, there, folder);
    const bytes = await bytesBelow(folder);
    if (bytes < sizeOf(files)) throw new Error(`it pulled ${bytes} bytes of ${sizeOf(files)}`);
    return measured;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Some registries keep the blobs of every repository on their own. A registry that refuses to delete just keeps them. */
async function removeLargeBlobs({ files }: FileSet, { host, repository }: Place): Promise<void> {
  for (const { size, digest } of files) {
    if (size < 1024 * 1024) continue;
    const response = await fetch(`http://${host}/v2/${repository}/blobs/${digest}`, { method: 'DELETE' });
    await response.body?.cancel();
  }
}

/** The medians of times, and the most of memory. */
export function medianOf(runs: Measured[]): Measured {
  const told = (key: 'cpu' | 'peakRss'): number[] => runs.map((run) => run[key]).filter((value) => value !== undefined);
  const [cpu, peaks] = [told('cpu'), told('peakRss')];
  return {
    seconds: median(runs.map(({ seconds }) => seconds)),
    cpu: cpu.length > 0 ? median(cpu) : undefined,
    peakRss: peaks.length > 0 ? Math.max(...peaks) : undefined,
  };
}

/** The one in the middle; of an even number, the mean of the two there. */
export function median(numbers: number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const half = sorted.length / 2;
  const [low = Number.NaN, high = low] = [sorted[Math.ceil(half) - 1], sorted[Math.floor(half)]];
  return (low + high) / 2;
}
