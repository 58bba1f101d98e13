import type { Stats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { fileErrorOf } from '../system/file-errors.ts';
import { codeOf } from '../system/system-errors.ts';

/** Bytes read at a time. With fewer, hashing and sending cost more; with more they gain nothing. */
const chunkSize = 1024 * 1024;

/** A part of a file, as it was when it was opened. */
export interface FilePart {
  /** Absolute path. */
  path: string;
  /** The path as it was given, for errors. */
  name: string;
  /** What tells whether it is still the same. */
  stats: Stats;
  /** Offset of the first byte. */
  start: number;
  /** Offset after the last byte. */
  end: number;
}

/**
 * Reads a part of a file, a chunk ahead of whoever takes it. Nothing is opened before the first byte is asked for. Fails
 * with a DOMException `NotReadableError` if the file has changed and `NotFoundError` if it is gone, and with a FileError
 * if the system does not let it be read.
 */
export function readPart({ path, name, stats, start, end }: FilePart): ReadableStream<Uint8Array<ArrayBuffer>> {
  let handle: FileHandle | undefined;
  let position = start;
  let ahead: Promise<Uint8Array<ArrayBuffer>> | undefined;
  const close = async (): Promise<void> => {
    // A file must not be closed while it is read.
    await ahead?.catch(() => {});
    await handle?.close();
  };
  const read = async (file: FileHandle): Promise<Uint8Array<ArrayBuffer>> => {
    // Not filled with zeros first, which would take as long as reading.
    const { buffer } = Buffer.allocUnsafeSlow(Math.min(chunkSize, end - position));
    const { bytesRead } = await file.read(new Uint8Array(buffer), 0, buffer.byteLength, position);
    if (bytesRead === 0) throw changed();
    position += bytesRead;
    return new Uint8Array(buffer, 0, bytesRead);
  };
  const readAhead = (file: FileHandle): void => {
    ahead = position < end ? read(file) : undefined;
    ahead?.catch(() => {});
  };
  return new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      async pull(controller) {
        try {
          if (!handle) {
            handle = await open(path);
            // Before the first byte, and after the last: in between it may have been another file's.
            await requireUnchanged(handle, stats);
            readAhead(handle);
          }
          const chunk = await ahead;
          readAhead(handle);
          if (chunk) return controller.enqueue(chunk);
          await requireUnchanged(handle, stats);
          await close();
          controller.close();
        } catch (error) {
          await close().catch(() => {});
          throw problem(error, name, path);
        }
      },
      cancel: close,
    },
    { highWaterMark: 0 },
  );
}

async function requireUnchanged(handle: FileHandle, before: Stats): Promise<void> {
  const now = await handle.stat();
  if (now.size !== before.size || now.mtimeMs !== before.mtimeMs || now.ino !== before.ino) throw changed();
}

function changed(): DOMException {
  return new DOMException('The file has changed', 'NotReadableError');
}

function problem(cause: unknown, name: string, path: string): unknown {
  if (codeOf(cause) !== 'ENOENT' && codeOf(cause) !== 'ENOTDIR') return fileErrorOf(cause, 'read', name, path);
  return Object.assign(new DOMException('The file was removed', 'NotFoundError'), { cause });
}
