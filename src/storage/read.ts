import { TooLargeError } from '../errors.ts';
import type { AbortOptions } from '../options.ts';
import type { StorageReader } from './storage.ts';

/** A file that is replaced all the time would otherwise be read forever. */
const attempts = 20;

/**
 * The whole of a small file, in memory; undefined when there is none. A Blob of a disk or of a browser's file system
 * fails once its file was replaced, so the file is then got anew.
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
      // Not its stream: in Chromium that fails with a bare TypeError, whatever the reason.
      return new Uint8Array(await file.arrayBuffer());
    } catch (error) {
      if (attempt === attempts || !wasReplaced(error)) throw error;
    }
  }
}

/** https://w3c.github.io/FileAPI/#dfn-error-codes */
function wasReplaced(error: unknown): boolean {
  return error instanceof Error && ['NotReadableError', 'NotFoundError'].includes(error.name);
}
