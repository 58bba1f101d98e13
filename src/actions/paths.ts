import { UnsupportedError } from '../errors.ts';

/** The error for a path, of a file or a directory, where there are none. */
export function pathsUnsupported(path: string): UnsupportedError {
  const message = `Cannot open ${path}: paths can be opened in Node only; pass a File, {name, content} or a storage`;
  return new UnsupportedError(message, 'opening paths');
}
