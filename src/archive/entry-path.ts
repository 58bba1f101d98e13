import { checkPath } from '../bytes/paths.ts';
import { UnsafePathError } from '../errors.ts';

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const strictDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A name in an archive as text: what is no Unicode has the character U+FFFD instead, and is not the same any more. */
export function nameOf(bytes: Uint8Array): { text: string; isExact: boolean } {
  try {
    return { text: strictDecoder.decode(bytes), isExact: true };
  } catch {
    return { text: decoder.decode(bytes), isExact: false };
  }
}

/** A path without what does not change where it leads: parts `.`, empty parts, a slash at its end. Empty for `.` itself. */
export function cleanPath(path: string): string {
  const parts = path.split('/').filter((part) => part !== '.' && part !== '');
  return `${path.startsWith('/') ? '/' : ''}${parts.join('/')}`;
}

/**
 * The path of an entry, cleaned and checked: the same rule as for paths in a storage, on every platform. Absolute paths are
 * refused, not made relative.
 *
 * @throws UnsafePathError with the cleaned path
 */
export function entryPath(name: Uint8Array): string {
  const { text, isExact } = nameOf(name);
  const path = cleanPath(text);
  checkPath(path);
  if (!isExact) throw new UnsafePathError(`The path ${JSON.stringify(path)} is refused: it is not Unicode text`, path);
  return path;
}
