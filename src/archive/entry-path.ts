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

/**
 * The path of an entry, cleaned and checked: without parts `.`, empty parts and a slash at its end, and then by the rule for
 * paths in a storage, on every platform. An absolute path is refused, not made relative. What may be the root is empty for it.
 *
 * @throws UnsafePathError with the cleaned path
 */
export function entryPath(name: Uint8Array, mayBeRoot = false): string {
  const { text, isExact } = nameOf(name);
  const parts = text.split('/').filter((part) => part !== '.' && part !== '');
  const path = `${text.startsWith('/') ? '/' : ''}${parts.join('/')}`;
  if (path === '' && text !== '' && mayBeRoot) return path;
  checkPath(path);
  if (!isExact) throw new UnsafePathError(`The path ${JSON.stringify(path)} is refused: it is not Unicode text`, path);
  return path;
}
