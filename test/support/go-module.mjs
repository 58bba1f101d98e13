import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureCacheDirectory, findExecutable, run } from './executables.mjs';

/**
 * Builds a program from one version of a Go module, whose sum has to be the expected one. It is not `go install`, which
 * asks for the list of versions: some module proxies do not have that, though they have the module.
 *
 * @param {{ name: string, module: string, version: string, sum: string, path: string, go: string }} program its name,
 *   its module, the path of its package in there, and the oldest Go that builds it
 */
export function buildGoModule({ name, module, version, sum, path, go }) {
  if (!findExecutable('go')) throw new Error(`put ${name} on the PATH, or Go ${go} or newer to build it`);
  const directory = mkdtempSync(join(tmpdir(), 'oras-js-go-'));
  try {
    writeFileSync(join(directory, 'go.mod'), 'module download\n');
    const output = run('go', ['mod', 'download', '-json', `${module}@${version}`], { cwd: directory });
    const downloaded = /** @type {{ Dir: string, Sum: string }} */ (JSON.parse(output));
    if (downloaded.Sum !== sum) throw new Error(`${module} ${version} has the sum ${downloaded.Sum}, not ${sum}`);
    const binary = join(ensureCacheDirectory(), name);
    run('go', ['build', '-C', downloaded.Dir, '-trimpath', '-o', binary, path], { env: { CGO_ENABLED: '0' } });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
