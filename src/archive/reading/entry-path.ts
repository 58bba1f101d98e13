import { checkPath } from '../../bytes/paths.ts';
import { UnsafePathError } from '../../errors.ts';

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const strictDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Decodes a name as UTF-8. `isExact` is false when it is not UTF-8: U+FFFD then replaces what is invalid. */
export function nameOf(bytes: Uint8Array): { text: string; isExact: boolean } {
  try {
    return { text: strictDecoder.decode(bytes), isExact: true };
  } catch {
    return { text: decoder.decode(bytes), isExact: false };
  }
}

/**
 * The path of an entry, cleaned and checked. Parts `.`, empty parts and a final slash are removed, then `checkPath` decides,
 * the same on every platform. Absolute paths are refused, not made relative. With `mayBeRoot`, the root (`./`) gives an empty
 * path.
 *
 * @throws UnsafePathError with the cleaned path
 */
export function entryPath(name: Uint8Array, mayBeRoot = false): string {
  const { text, isExact } = nameOf(name);
  const parts = text.split('/').filter((part) => part !== '.' && part !== '');
  const path = `${text.startsWith('/') ? '/' : ''}${parts.join('/')}`;
  if (path === '' && text !== '' && mayBeRoot) return path;
  checkPath(path);
  if (!isExact) throw new UnsafePathError(`The path ${JSON.stringify(path)} is refused: it is not UTF-8`, path);
  return path;
}
