import { UnsupportedError } from '../errors.ts';

/** The error for a path where there are none. */
export function pathsUnsupported(path: string): UnsupportedError {
  const message = `Cannot open ${path}: paths can be opened in Node only; pass a File, or {name, content}`;
  return new UnsupportedError(message, 'opening paths');
}

/** The error for the path of a directory where there are none. */
export function directoriesUnsupported(path: string): UnsupportedError {
  const message = `Cannot write to ${path}: paths can be opened in Node only; pass a storage, such as a HandleStorage`;
  return new UnsupportedError(message, 'opening paths');
}
