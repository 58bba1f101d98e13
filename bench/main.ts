/** Measures this package: beside other programs against one registry, or, with `ORAS_BENCH_REGISTRY=all`, registries. */
import { benchChromium } from './chromium.ts';
import { comparePrograms } from './compare-programs.ts';
import { compareRegistries } from './compare-registries.ts';
import { writeFileSets } from './file-sets.ts';
import { temporaryFolder } from './folder.ts';
import { findRegistry } from './registries.ts';
import { readSettings } from './settings.ts';

const settings = readSettings();
const folder = await temporaryFolder();
if (settings.registry === 'all') {
  console.log(`One file of ${settings.mebibytes} MiB, Node ${process.version}, registries on disk`);
  await compareRegistries(folder, settings);
} else {
  const { name, start } = findRegistry(settings.registry);
  const sets = await writeFileSets(folder, settings.mebibytes);
  console.log(`Programs, all against ${name}, which keeps its content on disk; medians, of memory the most`);
  const registry = await start();
  await comparePrograms({ host: registry.host, folder }, sets, settings);
  await registry.close();
  await benchChromium(sets.big, settings);
}
