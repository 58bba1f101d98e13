import { times } from './table.ts';
import type { Transfers } from './transfers.ts';

/** What one registry did. */
export interface RegistryResult {
  name: string;
  transfers: Transfers;
  /** Largest resident memory of its process in MB, where the system tells. */
  peakRss: number | undefined;
}

const namesOf = (transfers: Transfers): (keyof Transfers)[] => Object.keys(transfers) as (keyof Transfers)[];

/** Prints the times of one registry, those of the SDK beside those of curl. */
export function printRegistry({ name, transfers, peakRss }: RegistryResult, mebibytes: number): void {
  console.log(`\n${name}${peakRss === undefined ? '' : `: peak RSS ${peakRss} MB`}`);
  for (const row of namesOf(transfers)) {
    const { seconds = Number.NaN, peakRss: memory } = transfers[row] ?? {};
    const wire = transfers[row.endsWith('push') ? 'curl push' : 'curl pull'];
    const rate = `${Math.round((mebibytes * 1.048576) / seconds)} MB/s`;
    const ratio = wire && !row.startsWith('curl') ? `  ${times(seconds / wire.seconds)} the time of curl` : '';
    const largest = memory === undefined ? '' : `  peak RSS ${memory} MB`;
    console.log(`  ${row.padEnd(14)}${seconds.toFixed(2).padStart(7)} s${rate.padStart(11)}${largest}${ratio}`);
  }
}

/** Prints how fast the first registry is beside the others. */
export function printRatios([first, ...others]: RegistryResult[]): void {
  if (!first || others.length === 0) return;
  console.log(`\nSpeed of ${first.name}, as a multiple of that of`);
  console.log(`  ${''.padEnd(14)}${others.map(({ name }) => name.padStart(18)).join('')}`);
  for (const row of namesOf(first.transfers)) {
    const own = first.transfers[row]?.seconds ?? Number.NaN;
    const ratios = others.map(({ transfers }) => times((transfers[row]?.seconds ?? Number.NaN) / own));
    console.log(`  ${row.padEnd(14)}${ratios.map((ratio) => ratio.padStart(18)).join('')}`);
  }
}
