import { isWindowsDevice } from '../../bytes/paths.ts';
import { UnsafePathError } from '../../errors.ts';

/**
 * Checks that a path is valid on Windows and names the file it says: no device name, no alternate data stream (`a:b`),
 * no character that Windows rejects, and no final dot or space, which Windows would remove.
 *
 * @throws UnsafePathError naming the violation
 */
export function checkWindowsPath(path: string): void {
  for (const name of path.split('/')) {
    if (isWindowsDevice(name.replace(/\..*/, ''))) throw refused(path, `${name} is the name of a device on Windows`);
    if (/[<>:"|?*]/.test(name)) throw refused(path, `${name} has a character that Windows does not allow`);
    if (/[. ]$/.test(name)) throw refused(path, `Windows would drop the end of ${JSON.stringify(name)}`);
  }
}

function refused(path: string, problem: string): UnsafePathError {
  return new UnsafePathError(`The path ${JSON.stringify(path.slice(0, 160))} is refused: ${problem}`, path);
}
