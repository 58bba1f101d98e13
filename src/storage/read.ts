import { TooLargeError } from '../errors.ts';
import type { AbortOptions } from '../options.ts';
import type { StorageReader } from './storage.ts';

/** How often a file is opened at most: a file that is replaced constantly must not be retried forever. */
const attempts = 20;

/**
 * Reads a small file into memory; undefined when there is none. A Blob of a file on disk fails after the file was
 * replaced; the file is then opened again.
 *
 * @throws TooLargeError when it has more than `limit` bytes
 */
export async function readFile(
  storage: StorageReader,
  path: string,
  limit: number,
  options?: AbortOptions,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  for (let attempt = 1; ; attempt++) {
    const file = await storage.get(path, options);
    if (!file) return undefined;
    if (file.size > limit) {
      throw new TooLargeError(`${path} has more than the ${limit} bytes that are read`, limit, file.size);
    }
    try {
      // Not `stream()`: in Chromium that always fails with a bare TypeError.
      return new Uint8Array(await file.arrayBuffer());
    } catch (error) {
      if (attempt === attempts || !wasReplaced(error)) throw error;
    }
  }
}

/** https://w3c.github.io/FileAPI/#dfn-error-codes; in Firefox it is an AbortError, though nobody aborted. */
function wasReplaced(error: unknown): boolean {
  return error instanceof Error && ['NotReadableError', 'NotFoundError', 'AbortError'].includes(error.name);
}
