// Runs the official conformance suite of the distribution-spec against the built registry of this package.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryStorage } from 'oras-js';
import { DirectoryStorage, serve } from 'oras-js/node';
import { createRegistryServer } from 'oras-js/server';
import { isCI } from '../support/ci.mjs';
import { cacheDirectory } from '../support/executables.mjs';
import { outputOf, resultsOf } from './results.mjs';
import { findConformanceSuite, installConformanceSuite } from './suite.mjs';

const directory = mkdtempSync(join(tmpdir(), 'oras-js-conformance-'));
process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
const users = { alice: 'conformance' };

// What version 1.1 of the specification does not have yet, so that the suite does not ask for it.
const newerThan11 = ['Blob upload cancel', 'Manifest put with tag params', 'Tag Param', 'Tag Param sha512'];

/**
 * @typedef {object} Run
 * @property {string} name what is special about it
 * @property {string} version of the specification
 * @property {import('oras-js/server').RegistryServerOptions} options of the registry
 * @property {keyof import('./suite.mjs').Passes} passes which number of checks must pass at least: fewer means that
 *   something was left out without saying so
 * @property {readonly string[]} disabled what may be disabled
 */

const dev = /** @type {const} */ ({ version: 'dev', passes: 'dev', disabled: [] });

/** @type {Run[]} */
const runs = [
  { name: 'memory', version: '1.1', options: {}, passes: '1.1', disabled: newerThan11 },
  { ...dev, name: 'memory', options: {} },
  {
    name: 'memory-not-sparse',
    version: 'dev',
    options: { sparse: false },
    passes: 'devNotSparse',
    disabled: ['Sparse Manifests'],
  },
  { ...dev, name: 'directory', options: { storage: new DirectoryStorage(directory) } },
  { ...dev, name: 'basic', options: { auth: { scheme: 'basic', users } } },
  { ...dev, name: 'bearer', options: { auth: { scheme: 'bearer', users } } },
];

const suite = suiteOrReason();
if ('reason' in suite) {
  console[isCI ? 'error' : 'log'](`${isCI ? 'missing' : 'skipped'}: conformance suite (${suite.reason})`);
  if (isCI) process.exitCode = 1;
} else {
  console.log(`conformance suite: ${suite.version ?? 'version not known'} (${suite.path})`);
  for (const run of runs) {
    const problem = await tryRun(suite, run);
    if (problem === undefined) continue;
    console.error(`  ${problem}`);
    process.exitCode = 1;
  }
}

/** @typedef {NonNullable<ReturnType<typeof findConformanceSuite>>} Suite */

/** @returns {Suite | { reason: string }} */
function suiteOrReason() {
  try {
    if (!findConformanceSuite()) installConformanceSuite();
    return findConformanceSuite() ?? { reason: 'its installation left nothing that can be run' };
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * Runs the suite once and prints how many checks had which status.
 *
 * @param {Suite} suite
 * @param {Run} run
 * @returns {Promise<string | undefined>} what is wrong
 */
async function tryRun({ path, passes: leasts }, { name, version, options, passes, disabled }) {
  const least = leasts[passes];
  if (least === undefined) {
    console.log(`distribution-spec ${version}, ${name}: left out, as it was not measured with this suite`);
    return undefined;
  }
  const folder = join(cacheDirectory, '../conformance', `${version}-${name}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const registry = { storage: new MemoryStorage(), sparse: true, ...options };
  const server = await serve(createRegistryServer(registry));
  const output = await outputOf(path, folder, {
    OCI_VERSION: version,
    OCI_REGISTRY: server.host,
    OCI_TLS: 'disabled',
    OCI_REPO1: 'conformance/one',
    OCI_REPO2: 'conformance/two',
    OCI_DATA_SPARSE: String(registry.sparse),
    OCI_RESULTS_DIR: folder,
    ...(options.auth && { OCI_USERNAME: 'alice', OCI_PASSWORD: users.alice }),
  });
  await server.close();

  // The suite ends with 0 when its configuration is wrong, and it does not count a skipped check as a failure.
  const file = join(folder, 'results.yaml');
  if (!existsSync(file)) return `there is no ${file}; the suite said: ${output.slice(-2000)}`;
  const { counts, checks } = resultsOf(output, readFileSync(file, 'utf8'));
  const shown = Object.entries(counts).map(([status, count]) => `${status} ${count}`);
  console.log(`distribution-spec ${version}, ${name}: ${shown.join(', ') || 'no result'}`);
  const off = checks.filter(({ status }) => status === 'Disabled').map((check) => check.name);
  if (off.length > 0) console.log(`  disabled: ${off.join(', ')}`);

  const unexpected = off.filter((check) => !disabled.includes(check));
  if (unexpected.length > 0) return `these must not be disabled: ${unexpected.join(', ')}`;
  const bad = checks.filter(({ status }) => status !== 'Pass' && status !== 'Disabled');
  if (bad.length > 0) {
    const lines = bad.map((check) => `${check.name}: ${check.status}`);
    return `see ${join(folder, 'report.html')}:\n  ${lines.join('\n  ')}`;
  }
  const { FAIL, Error: errors, Skip, Pass = 0 } = counts;
  if (FAIL !== 0 || errors !== 0 || Skip !== 0) return `see ${join(folder, 'report.html')}`;
  if (Pass < least) return `only ${Pass} checks passed, not ${least}`;
  return undefined;
}
