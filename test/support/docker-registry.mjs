import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canUseApt, unpackPackage } from './debian.mjs';
import { ensureCacheDirectory, findExecutable } from './executables.mjs';

const name = 'docker-registry';

/** @returns {string | undefined} */
export function findDockerRegistry() {
  return findExecutable(name);
}

export function installDockerRegistry() {
  if (!canUseApt()) throw new Error(`put ${name} 2.8 on the PATH; it is installed by itself on Debian as root`);
  const directory = mkdtempSync(join(tmpdir(), 'oras-js-deb-'));
  try {
    unpackPackage(name, directory);
    copyFileSync(join(directory, 'usr/bin', name), join(ensureCacheDirectory(), name));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
