// Runs the official conformance suite of the distribution-spec against the built registry of this package.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryStorage } from 'oras-js';
import { DirectoryStorage, serve } from 'oras-js/node';
import { createRegistryServer } from 'oras-js/server';
import { cacheDirectory } from '../support/executables.mjs';
import { conformanceSuite } from './suite.mjs';

const suite = conformanceSuite();
const directory = mkdtempSync(join(tmpdir(), 'oras-js-conformance-'));

// The least that must pass: fewer means that the suite skipped something without saying so.
const runs = [
  { version: '1.1', storage: new MemoryStorage(), where: 'memory', passes: 900 },
  { version: 'dev', storage: new MemoryStorage(), where: 'memory', passes: 1026 },
  { version: 'dev', storage: new DirectoryStorage(directory), where: 'directory', passes: 1026 },
];

try {
  for (const run of runs) {
    const problem = await tryRun(run);
    if (problem === undefined) continue;
    console.error(`  ${problem}`);
    process.exitCode = 1;
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}

/**
 * Runs the suite once and prints how many checks had which status.
 *
 * @param {typeof runs[number]} run
 * @returns {Promise<string | undefined>} what is wrong
 */
async function tryRun({ version, storage, where, passes }) {
  const results = join(cacheDirectory, '../conformance', `${version}-${where}`);
  rmSync(results, { recursive: true, force: true });
  mkdirSync(results, { recursive: true });
  const server = await serve(createRegistryServer({ storage, sparse: true }));
  const output = await outputOf(suite, results, {
    OCI_VERSION: version,
    OCI_REGISTRY: server.host,
    OCI_TLS: 'disabled',
    OCI_REPO1: 'conformance/one',
    OCI_REPO2: 'conformance/two',
    OCI_DATA_SPARSE: 'true',
    OCI_RESULTS_DIR: results,
  });
  await server.close();

  const counts = Object.fromEntries(
    [...output.matchAll(/^ {2}(Disabled|Skip|Pass|FAIL|Error)\.*: +([0-9]+)$/gm)].map(([, status = '', count]) => [
      status,
      Number(count),
    ]),
  );
  const shown = Object.entries(counts).map(([status, count]) => `${status} ${count}`);
  console.log(`distribution-spec ${version}, storage in ${where}: ${shown.join(', ') || 'no result'}`);

  // The suite ends with 0 when its configuration is wrong, and it does not count a skipped check as a failure.
  const file = join(results, 'results.yaml');
  if (!existsSync(file)) return `there is no ${file}; the suite said: ${output.slice(-2000)}`;
  const bad = readFileSync(file, 'utf8').match(/^ {2}.+: (?:FAIL|Error|Skip)$/gm);
  if (bad) return `see ${join(results, 'report.html')}:\n${bad.join('\n')}`;
  const { FAIL, Error: errors, Skip, Pass = 0 } = counts;
  if (FAIL !== 0 || errors !== 0 || Skip !== 0) return `see ${join(results, 'report.html')}`;
  if (Pass < passes) return `only ${Pass} checks passed, not ${passes}`;
  return undefined;
}

/**
 * What a program says, however it ends. It sees no settings but these.
 *
 * @param {string} file
 * @param {string} cwd
 * @param {Record<string, string>} settings
 * @returns {Promise<string>}
 */
function outputOf(file, cwd, settings) {
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith('OCI_'));
  const env = { ...Object.fromEntries(others), ...settings };
  const options = { cwd, env, maxBuffer: 64 * 1024 * 1024, timeout: 5 * 60_000 };
  return new Promise((resolve) => {
    execFile(file, [], options, (_, stdout, stderr) => resolve(stdout + stderr));
  });
}
