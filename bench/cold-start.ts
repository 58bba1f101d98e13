import { measure } from './measure.ts';
import { transfer } from './program-oras-js.ts';
import { median } from './row.ts';

/** What it takes to import the package. */
export interface ImportResult {
  /** Milliseconds of Node with nothing to do. */
  bare: number;
  /** Milliseconds of Node that imports the package. */
  importing: number;
  /** Largest memory of that in MB, where it is told. */
  peakRss: number | undefined;
}

/** Measures Node bare and with the package, in turn. */
export async function measureImport(runs: number): Promise<ImportResult> {
  const bare: number[] = [];
  const importing: number[] = [];
  let peakRss: number | undefined;
  for (let run = 0; run < runs; run++) {
    bare.push((await measure(process.execPath, ['-e', '0'])).seconds);
    const measured = await transfer(['nothing']);
    importing.push(measured.seconds);
    peakRss = measured.peakRss;
  }
  return { bare: median(bare) * 1000, importing: median(importing) * 1000, peakRss };
}

/** Prints it. */
export function printImport({ bare, importing, peakRss }: ImportResult): void {
  const memory = peakRss === undefined ? '' : `, peak RSS ${peakRss} MB`;
  const more = (importing - bare).toFixed(0);
  console.log(`   importing the package: ${more} ms more than node alone (${bare.toFixed(0)} ms)${memory}`);
}
