import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureCacheDirectory, findExecutable, run } from './executables.mjs';

const name = 'olareg';
const module = 'github.com/olareg/olareg';
const version = 'v0.1.2';
const sum = 'h1:75G8X6E9FUlzL/CSjgFcYfMgNzlc7CxULpUUNsZBIvI=';

/** @returns {string | undefined} */
export function findOlareg() {
  return findExecutable(name);
}

export function installOlareg() {
  if (!findExecutable('go')) throw new Error(`put ${name} ${version} on the PATH, or Go 1.25 or newer to build it`);
  try {
    installByName();
  } catch {
    // `go install` asks for the list of versions, which some module proxies do not have; the module itself they do.
    buildFromModule();
  }
}

function installByName() {
  const directory = ensureCacheDirectory();
  run('go', ['install', '-trimpath', `${module}/cmd/olareg@${version}`], {
    env: { GOBIN: directory, CGO_ENABLED: '0' },
  });
  const binary = join(directory, name);
  if (run('go', ['version', '-m', binary]).includes(sum)) return;
  rmSync(binary);
  throw new Error(`${module} ${version} does not have the expected sum`);
}

function buildFromModule() {
  const directory = mkdtempSync(join(tmpdir(), 'oras-js-go-'));
  try {
    writeFileSync(join(directory, 'go.mod'), 'module download\n');
    const output = run('go', ['mod', 'download', '-json', `${module}@${version}`], { cwd: directory });
    const downloaded = /** @type {{ Dir: string, Sum: string }} */ (JSON.parse(output));
    if (downloaded.Sum !== sum) throw new Error(`${module} ${version} has the sum ${downloaded.Sum}, not ${sum}`);
    const binary = join(ensureCacheDirectory(), name);
    run('go', ['build', '-C', downloaded.Dir, '-trimpath', '-o', binary, './cmd/olareg'], {
      env: { CGO_ENABLED: '0' },
    });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
