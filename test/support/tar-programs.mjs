import { installProgram } from './debian.mjs';
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

export const installGnuTar = () => installProgram('tar');
export const installBsdtar = () => installProgram('libarchive-tools');
export const installPython = () => installProgram('python3-minimal');
