import { UnsupportedError } from '../errors.ts';

/** The error for the path of a file or a directory in a runtime without local paths. */
export function pathsUnsupported(path: string): UnsupportedError {
  const message = `Cannot open ${path}: paths can be opened in Node only; pass a File, {name, content} or a storage`;
  return new UnsupportedError(message, 'opening paths');
}
