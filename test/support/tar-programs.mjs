import { canUseApt, installPackage } from './debian.mjs';
import { findExecutable, run } from './executables.mjs';

/**
 * GNU tar, which other systems call gtar.
 *
 * @returns {string | undefined}
 */
export function findGnuTar() {
  const candidates = ['gtar', 'tar'].map((name) => findExecutable(name));
  return candidates.find((path) => path !== undefined && run(path, ['--version']).includes('GNU tar'));
}

/** @returns {string | undefined} */
export function findBsdtar() {
  return findExecutable('bsdtar');
}

/** @returns {string | undefined} */
export function findPython() {
  return findExecutable('python3');
}

/** @param {string} name of a package */
function install(name) {
  if (!canUseApt()) throw new Error(`put ${name} on the PATH; it is installed by itself on Debian as root`);
  installPackage(name);
}

export const installGnuTar = () => install('tar');
export const installBsdtar = () => install('libarchive-tools');
export const installPython = () => install('python3-minimal');
