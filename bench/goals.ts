import type { ImportResult } from './cold-start.ts';
import type { Cell, RowResult } from './row.ts';
import { ratioOf, times } from './table.ts';

/** The most that is aimed at. */
const most = { oras: 1, wire: 1.2, importing: 80, memory: 150, size: 1.05 };
/** The rows of one big file, where the wire is all that matters. */
const wireRows = ['push big', 'pull big'];

/** Prints which goals were met, each with what was measured. */
export function printGoals(results: Record<string, RowResult>, { importing, bare }: ImportResult): void {
  console.log('\nGoals');
  for (const [key, { row, cells }] of Object.entries(results)) {
    if (key !== 'cold') printRatio(`${row.title}, beside oras`, cellOf(cells, 'oras'), cells, most.oras);
    if (wireRows.includes(key)) printRatio(`${row.title}, beside curl`, cellOf(cells, 'curl'), cells, most.wire);
  }
  print(
    'importing the package, beside node alone',
    importing - bare,
    most.importing,
    (ms) => `${ms.toFixed(0)} ms more`,
  );
  const peaks = Object.values(results).flatMap(({ cells: [first] }) =>
    first && 'median' in first && first.median.peakRss !== undefined ? [first.median.peakRss] : [],
  );
  const largest = peaks.length > 0 ? Math.max(...peaks) : undefined;
  print('largest peak RSS of all rows', largest, most.memory, (memory) => `${memory} MB`);
}

/** Prints which goals a copy or a list met, beside the best of the others. */
export function printCopyGoals(title: string, [first, ...others]: readonly Cell[]): void {
  const [best] = others.filter((cell) => 'median' in cell).sort((a, b) => a.median.seconds - b.median.seconds);
  print(`${title}, beside ${best?.name ?? 'others'}`, ratioOf(first, best), most.oras, times);
  const peak = first && 'median' in first ? first.median.peakRss : undefined;
  print('its peak RSS', peak, most.memory, (memory) => `${memory} MB`);
}

/** Prints which goals a push of a directory met. */
export function printDirectoryGoals({ row, cells }: RowResult, sizes: ReadonlyMap<string, number>): void {
  printRatio(`${row.title}, beside oras`, cellOf(cells, 'oras'), cells, most.oras);
  const [own, other] = ['oras-js', 'oras'].map((name) => sizes.get(name));
  print(`its size, beside that of oras`, own && other && own / other, most.size, times);
  const [first] = cells;
  const peak = first && 'median' in first ? first.median.peakRss : undefined;
  print('its peak RSS', peak, most.memory, (memory) => `${memory} MB`);
}

function cellOf(cells: Cell[], name: string): Cell | undefined {
  return cells.find((cell) => cell.name === name);
}

function printRatio(title: string, other: Cell | undefined, [first]: Cell[], limit: number): void {
  print(title, ratioOf(first, other), limit, times);
}

function print(title: string, value: number | undefined, limit: number, show: (value: number) => string): void {
  const verdict = value === undefined ? 'unknown' : value <= limit ? 'met' : 'missed';
  const measured = value === undefined ? 'not measured' : show(value);
  console.log(`  ${verdict.padEnd(8)} ${title}: ${measured} (at most ${show(limit)})`);
}
