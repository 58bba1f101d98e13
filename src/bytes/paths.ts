import { UnsafePathError } from '../errors.ts';

const longestPath = 4096;
const longestName = 255;
const mostParts = 256;
const windowsDevice = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])$/i;

/**
 * Tells whether a name is a device on Windows, in any directory, such as `nul` or `COM1`. Windows also treats a name
 * with an extension, such as `nul.txt`, as a device; to check for that, pass the name without its extension.
 */
export function isWindowsDevice(name: string): boolean {
  return windowsDevice.test(name);
}

/**
 * Checks a path inside a storage: relative, parts joined by `/`, no empty part, no `.` or `..`, no backslash, no drive
 * letter, no control character, no device name of Windows, at most 4096 characters, 256 parts and 255 bytes per part.
 * The rule is the same on every platform.
 *
 * @throws UnsafePathError naming the violation
 */
export function checkPath(path: string): void {
  const problem = findProblem(path);
  if (problem) throw new UnsafePathError(`The path ${shown(path)} is refused: ${problem}`, path);
}

/**
 * Checks the target of a symlink at a checked path: relative to the directory of the link, it must stay inside the
 * storage. `..` is allowed at its start only: after the name of another symlink, it would be the parent of that
 * symlink's target.
 *
 * @throws UnsafePathError naming the violation
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

/** The parent folders of a path, outermost first. */
export function parentsOf(path: string): string[] {
  const names = path.split('/').slice(0, -1);
  return names.map((_, index) => names.slice(0, index + 1).join('/'));
}

/** How file systems compare the names of a path. */
export interface PathFolding {
  /** Whether names are case-insensitive. */
  foldsCase: boolean;
  /** Whether names are compared in a Unicode normalisation form: `é` as one character equals `é` as two. */
  normalizes: boolean;
}

/** The key by which paths are compared on a file system: {@link StorageAdapter.pathKey}. */
export function foldedPath(path: string, { foldsCase, normalizes }: PathFolding): string {
  const composed = (text: string): string => (normalizes ? text.normalize('NFC') : text);
  // Lower case, then upper case: some letters share a capital, such as s and ſ; and ẞ, ß and SS must be equal.
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
    // On Windows such a file could not be pulled.
    if (isWindowsDevice(name)) return `${name} is the name of a device on Windows`;
  }
  return undefined;
}
