import { FileError, NotFoundError, UnsafePathError } from './content-errors.ts';
import type { OrasError } from './oras-error.ts';

/** An error as plain data, for messages of workers: a clone of the error would lose its class. */
export type PostedError =
  | { code: 'FILE'; message: string; path: string; errno: string }
  | { code: 'NOT_FOUND'; message: string; path: string }
  | { code: 'UNSAFE_PATH'; message: string; path: string };

/** The data of an error about a file; undefined for other errors. */
export function postedError(error: unknown): PostedError | undefined {
  if (error instanceof FileError) {
    const { message, path, errno } = error;
    return { code: 'FILE', message, path, errno };
  }
  if (error instanceof NotFoundError) return { code: 'NOT_FOUND', message: error.message, path: error.reference };
  if (error instanceof UnsafePathError) return { code: 'UNSAFE_PATH', message: error.message, path: error.path };
  return undefined;
}

/** The error that the data stand for. */
export function receivedError(posted: PostedError): OrasError {
  const { message, path } = posted;
  if (posted.code === 'FILE') return new FileError(message, path, posted.errno);
  return posted.code === 'NOT_FOUND' ? new NotFoundError(message, path) : new UnsafePathError(message, path);
}
