import { UnsafePathError } from '../errors.ts';

const longestPath = 4096;
const longestName = 255;
const mostParts = 256;
const windowsDevice = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])$/i;

/**
 * Tells whether a name is that of a device on Windows, in whichever directory, such as `nul` or `COM1`. Windows also takes
 * a name with an extension for one, such as `nul.txt`: what is to hold there is asked without its extension.
 */
export function isWindowsDevice(name: string): boolean {
  return windowsDevice.test(name);
}

/**
 * Checks a path inside a storage: relative, parts joined by `/`, none of them empty, `.` or `..`, no backslash, no
 * drive letter, no control character, at most 4096 characters, 256 parts and 255 bytes per part. The same rule on every
 * platform.
 *
 * @throws UnsafePathError saying what is wrong
 */
export function checkPath(path: string): void {
  const problem = findProblem(path);
  if (problem) throw new UnsafePathError(`The path ${shown(path)} is refused: ${problem}`, path);
}

/**
 * Checks where a symlink at a checked path leads: to a path inside the storage, from the directory that the link is in.
 * Parts `..` may only come first: after the name of another symlink they would lead to the parent of what that stands for.
 *
 * @throws UnsafePathError saying what is wrong
 */
export function checkLinkTarget(path: string, target: string): void {
  const problem = findTargetProblem(path, target);
  if (problem) {
    throw new UnsafePathError(`The symlink ${shown(path)} to ${shown(target)} is refused: ${problem}`, path);
  }
}

function findTargetProblem(path: string, target: string): string | undefined {
  const names = target.split('/').filter((name) => name !== '.');
  while (names[0] === '..') names.shift();
  const ups = target.split('/').filter((name) => name === '..').length;
  if (names.includes('..')) return 'it has the part ".." after others';
  if (ups > parentsOf(path).length) return 'it leads outside';
  const rest = names.join('/').replace(/\/$/, '');
  return rest === '' && /^\./.test(target) ? undefined : findProblem(rest);
}

/** The paths of the folders that a path is in, from the first to the last. */
export function parentsOf(path: string): string[] {
  const names = path.split('/').slice(0, -1);
  return names.map((_, index) => names.slice(0, index + 1).join('/'));
}

/** How file systems compare the names of a path. */
export interface PathFolding {
  /** Whether capitals do not count. */
  foldsCase: boolean;
  /** Whether forms of Unicode do not count: `é` as one character is `é` as two. */
  normalizes: boolean;
}

/** What all names of one path have in common; {@link StorageAdapter.pathKey} where the file system is known. */
export function foldedPath(path: string, { foldsCase, normalizes }: PathFolding): string {
  const composed = (text: string): string => (normalizes ? text.normalize('NFC') : text);
  // Both ways: some letters share a capital, such as s and ſ, and ẞ is the capital of ß, which is SS.
  return foldsCase ? composed(composed(path).toLowerCase().toUpperCase()) : composed(path);
}

function shown(path: string): string {
  return JSON.stringify(path.length > 160 ? `${path.slice(0, 160)}…` : path);
}

function findProblem(path: string): string | undefined {
  if (path === '') return 'it is empty';
  if (path.length > longestPath) return `it is longer than ${longestPath} characters`;
  if (path.includes('\\')) return 'it has a backslash';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (/[\u0000-\u001f\u007f-\u009f]/.test(path)) return 'it has a control character';
  if (/\p{Surrogate}/u.test(path)) return 'it is not Unicode text';
  if (path.startsWith('/')) return 'it is absolute';
  if (/^[A-Za-z]:/.test(path)) return 'it begins with a drive letter';
  const names = path.split('/');
  if (names.length > mostParts) return `it has more than ${mostParts} parts`;
  for (const name of names) {
    if (name === '') return 'it has an empty part';
    if (name === '.' || name === '..') return `it has the part "${name}"`;
    if (new TextEncoder().encode(name).byteLength > longestName)
      return `it has a part longer than ${longestName} bytes`;
    // Such a file could not be pulled on Windows.
    if (isWindowsDevice(name)) return `${name} is the name of a device on Windows`;
  }
  return undefined;
}
