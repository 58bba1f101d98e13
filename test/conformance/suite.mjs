import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureCacheDirectory, findExecutable, run } from '../support/executables.mjs';

const name = 'oci-distribution-conformance';
const module = 'github.com/opencontainers/distribution-spec/conformance';
// The commit fee21197eb94 of main: the rewritten suite is in no release yet.
const version = 'v0.0.0-20260730175803-fee21197eb94';
const sum = 'h1:iJbOstMHr3jUuu8hKcEkNJWEYnHdHKWQa/xh4xNrP7I=';

/**
 * The official suite as a program.
 *
 * @returns {string | undefined} its path
 */
export function findConformanceSuite() {
  return findExecutable(name);
}

/** Builds the suite. */
export function installConformanceSuite() {
  if (!findExecutable('go')) throw new Error(`put ${name} on the PATH, or Go 1.24 or newer to build it`);
  const directory = mkdtempSync(join(tmpdir(), 'oras-js-go-'));
  try {
    writeFileSync(join(directory, 'go.mod'), 'module download\n');
    const output = run('go', ['mod', 'download', '-json', `${module}@${version}`], { cwd: directory });
    const downloaded = /** @type {{ Dir: string, Sum: string }} */ (JSON.parse(output));
    if (downloaded.Sum !== sum) throw new Error(`${module} ${version} has the sum ${downloaded.Sum}, not ${sum}`);
    const binary = join(ensureCacheDirectory(), name);
    run('go', ['build', '-C', downloaded.Dir, '-trimpath', '-o', binary, '.'], { env: { CGO_ENABLED: '0' } });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
