/** Measures one big file through the SDK and through curl, against each registry there is, in a process of its own. */
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { peakRssOf } from './memory.ts';
import { writeNoise } from './noise-file.ts';
import { benchRegistries } from './registries.ts';
import { printRatios, printRegistry, type RegistryResult } from './report.ts';
import { measureTransfers, transfer } from './transfers.ts';

const mebibytes = Number(process.env.ORAS_BENCH_MIB ?? 1024);
if (!Number.isInteger(mebibytes) || mebibytes < 1) throw new RangeError('ORAS_BENCH_MIB must be a whole number from 1');

// With a signal nothing else would be ended or removed: that is done when the process exits.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
const folder = await mkdtemp(join(tmpdir(), 'oras-js-bench-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));

const path = join(folder, 'file.bin');
const digest = await writeNoise(path, mebibytes);
console.log(`One file of ${mebibytes} MiB, Node ${process.version}, registries on disk`);
const { peakRss } = await transfer('nothing');
console.log(`oras-js imported, nothing done: peak RSS ${peakRss} MB`);

const results: RegistryResult[] = [];
for (const { name, start } of benchRegistries()) {
  if (!start) {
    console.log(`\n${name}: skipped, it is not installed`);
    continue;
  }
  const registry = await start();
  const transfers = await measureTransfers(registry.host, { path, digest, folder });
  const result = { name, transfers, peakRss: peakRssOf(registry.pid) };
  await registry.close();
  printRegistry(result, mebibytes);
  results.push(result);
}
printRatios(results);
