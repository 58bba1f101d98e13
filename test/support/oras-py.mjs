import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDirectory, ensureCacheDirectory, findExecutable, isExecutable, run } from './executables.mjs';

const version = '0.2.43';
const environment = join(cacheDirectory, '..', 'oras-py');
const python = join(environment, 'bin/python');

/**
 * The Python that has the `oras` package of this version.
 *
 * @returns {string | undefined}
 */
export function findOrasPy() {
  return isExecutable(python) && existsSync(join(environment, `installed-${version}`)) ? python : undefined;
}

/** Puts it into a virtual environment below the cache directory. Only benchmarks need it. */
export function installOrasPy() {
  const system = findExecutable('python3');
  if (!system) throw new Error('put python3 on the PATH');
  ensureCacheDirectory();
  rmSync(environment, { recursive: true, force: true });
  run(system, ['-m', 'venv', environment]);
  run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `oras==${version}`]);
  // It is written last: what was interrupted is not found.
  run(python, ['-c', `open(${JSON.stringify(join(environment, `installed-${version}`))}, 'w').close()`]);
}
