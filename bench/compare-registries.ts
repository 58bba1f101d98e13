import { writeFileSet } from './file-set.ts';
import { peakRssOf } from './memory.ts';
import { transfer } from './program-oras-js.ts';
import { benchRegistries } from './registries.ts';
import { printRatios, printRegistry, type RegistryResult } from './report.ts';
import type { Settings } from './settings.ts';
import { measureTransfers } from './transfers.ts';

/** Measures one big file through this package and through curl, against each registry there is. */
export async function compareRegistries(folder: string, { mebibytes }: Settings): Promise<void> {
  const title = `one file of ${mebibytes} MiB`;
  const files = await writeFileSet(folder, { key: 'big', title, count: 1, size: mebibytes * 1024 * 1024 });
  const { peakRss } = await transfer(['nothing']);
  console.log(`oras-js imported, nothing done: peak RSS ${peakRss} MB`);

  const results: RegistryResult[] = [];
  for (const { name, start } of benchRegistries()) {
    if (!start) {
      console.log(`\n${name}: skipped, it is not installed`);
      continue;
    }
    const registry = await start();
    const transfers = await measureTransfers(registry.host, files, folder);
    const result = { name, transfers, peakRss: peakRssOf(registry.pid) };
    await registry.close();
    printRegistry(result, mebibytes);
    results.push(result);
  }
  printRatios(results);
}
