/** Measures this package: beside other programs against one registry, or, with `ORAS_BENCH_REGISTRY=all`, registries. */
import { findOrInstall } from '../test/support/executables.mjs';
import { findOras, installOras } from '../test/support/oras.mjs';
import { benchChromium } from './chromium.ts';
import { compareCopies } from './compare-copies.ts';
import { compareDirectories } from './compare-directories.ts';
import { comparePrograms } from './compare-programs.ts';
import { compareRegistries } from './compare-registries.ts';
import { writeDirectorySets } from './directory-sets.ts';
import { writeFileSets } from './file-sets.ts';
import { temporaryFolder } from './folder.ts';
import { oras } from './program-oras.ts';
import { findRegistry } from './registries.ts';
import { readSettings } from './settings.ts';

const settings = readSettings();
const folder = await temporaryFolder();
if (settings.registry === 'all') {
  console.log(`One file of ${settings.mebibytes} MiB, Node ${process.version}, registries on disk`);
  await compareRegistries(folder, settings);
} else if (settings.only === 'copies') {
  await compareCopies(folder, settings);
} else {
  const { name, start } = findRegistry(settings.registry);
  const sets = settings.only === undefined ? await writeFileSets(folder, settings.mebibytes) : undefined;
  console.log(`Programs, all against ${name}, which keeps its content on disk; medians, of memory the most`);
  const registry = await start();
  const bench = { host: registry.host, folder };
  if (sets) await comparePrograms(bench, sets, settings);
  const { path: executable } = findOrInstall('oras', findOras, installOras);
  const directories = await writeDirectorySets(folder, settings.directoryMebibytes);
  await compareDirectories(bench, directories, {
    oras: executable === undefined ? undefined : oras(executable),
    runs: settings.runs,
  });
  await registry.close();
  if (sets) await compareCopies(folder, settings);
  if (sets) await benchChromium(sets.big, settings);
}
