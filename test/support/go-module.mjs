import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureCacheDirectory, findExecutable, run } from './executables.mjs';

/**
 * A program that is built from a Go module.
 *
 * @typedef {object} GoProgram
 * @property {string} name of the command
 * @property {string} module path of the module
 * @property {string} path of its package in the module
 * @property {string} go the oldest Go that builds one of the versions
 * @property {readonly { version: string, sum: string }[]} versions newest first: a module proxy need not serve each of
 *   them, and the newest can need a newer Go than there is
 */

/**
 * Finds it on the PATH, where its version is not known, or in the cache, where the file name tells it.
 *
 * @param {GoProgram} program
 * @returns {{ path: string, version: string | undefined } | undefined}
 */
export function findGoProgram({ name, versions }) {
  const installed = findExecutable(name);
  if (installed) return { path: installed, version: undefined };
  for (const { version } of versions) {
    const path = findExecutable(fileName(name, version));
    if (path) return { path, version };
  }
  return undefined;
}

/**
 * Builds the first of its versions that can be had, and says which. A wrong sum ends the search.
 *
 * @param {GoProgram} program
 * @param {string} [directory] where it is put
 */
export function buildGoProgram(program, directory = ensureCacheDirectory()) {
  const { name, go, versions } = program;
  if (!findExecutable('go')) throw new Error(`put ${name} on the PATH, or Go ${go} or newer to build it`);
  const failures = [];
  for (const { version, sum } of versions) {
    try {
      build(program, version, sum, directory);
      console.log([`built: ${name} ${version}`, ...failures].join('\n  not '));
      return;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      // What Go says when a sum differs from the one it knows.
      if (error instanceof WrongSum || reason.includes('go help module-auth')) throw error;
      failures.push(`${version}: ${reason}`);
    }
  }
  throw new Error(`no version of ${program.module} could be built:\n  ${failures.join('\n  ')}`);
}

class WrongSum extends Error {}

/**
 * It is not `go install`, which asks for the list of versions: some module proxies do not have that, though they have
 * the module.
 *
 * @param {GoProgram} program
 * @param {string} version
 * @param {string} sum
 * @param {string} directory
 */
function build({ name, module, path }, version, sum, directory) {
  const empty = mkdtempSync(join(tmpdir(), 'oras-js-go-'));
  try {
    writeFileSync(join(empty, 'go.mod'), 'module download\n');
    const source = `${module}@${version}`;
    run('go', ['mod', 'download', source], { cwd: empty }); // it fails with words, which -json puts into its JSON
    const output = run('go', ['mod', 'download', '-json', source], { cwd: empty });
    const downloaded = /** @type {{ Dir: string, Sum: string }} */ (JSON.parse(output));
    if (downloaded.Sum !== sum) throw new WrongSum(`${module} ${version} has the sum ${downloaded.Sum}, not ${sum}`);
    const binary = join(directory, fileName(name, version));
    // Readonly: a module can come with a part of its vendor folder, which Go would take for all of it.
    const flags = ['-mod=readonly', '-trimpath', '-o', binary];
    run('go', ['build', '-C', downloaded.Dir, ...flags, path], { env: { CGO_ENABLED: '0' } });
  } finally {
    rmSync(empty, { recursive: true, force: true });
  }
}

/**
 * @param {string} name
 * @param {string} version
 */
function fileName(name, version) {
  return `${name}-${version}`;
}
