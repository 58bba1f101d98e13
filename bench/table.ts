import type { Cell } from './row.ts';

/** Prints what all programs did in one row: seconds, the ratio of the first to each, what they used. */
export function printRow(number: number, title: string, cells: readonly Cell[]): void {
  console.log(`\n${number}. ${title}`);
  const titles = ['seconds'.padStart(9), 'oras-js / it'.padStart(15), 'CPU'.padStart(9), 'peak RSS'.padStart(11)];
  console.log(`   ${''.padEnd(9)}${titles.join('')}${'runs'.padStart(6)}`);
  for (const cell of cells) console.log(`   ${cell.name.padEnd(9)}${textOf(cell, cells[0])}`);
}

function textOf(cell: Cell, first: Cell | undefined): string {
  if ('reason' in cell) return `${'–'.padStart(9)}  ${cell.reason}`;
  const { seconds, cpu, peakRss } = cell.median;
  const ratio = cell === first ? undefined : ratioOf(first, cell);
  return [
    seconds.toFixed(seconds < 1 ? 3 : 2).padStart(9),
    (ratio === undefined ? '' : times(ratio)).padStart(15),
    (cpu === undefined ? '' : `${cpu.toFixed(2)} s`).padStart(9),
    (peakRss === undefined ? '' : `${peakRss} MB`).padStart(11),
    String(cell.runs).padStart(6),
  ].join('');
}

/** How much longer one took than the other; undefined when one of them was not measured. */
export function ratioOf(one: Cell | undefined, other: Cell | undefined): number | undefined {
  if (!one || !other || 'reason' in one || 'reason' in other) return undefined;
  return one.median.seconds / other.median.seconds;
}

/** A ratio as text. */
export function times(ratio: number): string {
  return `${ratio.toFixed(2)} ×`;
}
