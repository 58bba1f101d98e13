import { existsSync } from 'node:fs';
import { findExecutable, run } from './executables.mjs';

const quiet = { DEBIAN_FRONTEND: 'noninteractive' };
let updated = false;

/** Whether packages can be fetched with apt here: Debian or Ubuntu, as root, as in most CI containers. */
export function canUseApt() {
  return process.getuid?.() === 0 && existsSync('/etc/debian_version') && findExecutable('apt-get') !== undefined;
}

// Fresh containers come without package lists; once per run is enough.
function updateLists() {
  if (!updated) run('apt-get', ['update'], { env: quiet });
  updated = true;
}

/** @param {string} name */
export function installPackage(name) {
  updateLists();
  run('apt-get', ['install', '-y', '--no-install-recommends', name], { env: quiet });
}

/**
 * Installs a package for its program, or says that somebody has to.
 *
 * @param {string} name of the package
 */
export function installProgram(name) {
  if (!canUseApt()) throw new Error(`put ${name} on the PATH; it is installed by itself on Debian as root`);
  installPackage(name);
}

/**
 * Unpacks a package without installing it, so that nothing it contains is set up or started.
 *
 * @param {string} name
 * @param {string} directory an empty directory, which also receives the .deb file
 */
export function unpackPackage(name, directory) {
  updateLists();
  run('apt-get', ['download', name], { cwd: directory, env: quiet });
  run('sh', ['-c', 'dpkg-deb -x ./*.deb .'], { cwd: directory });
}
