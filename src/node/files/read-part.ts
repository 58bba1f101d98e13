import type { Stats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { fileErrorOf } from '../system/file-errors.ts';
import { codeOf } from '../system/system-errors.ts';

/** Size of one read in bytes. Smaller reads make hashing and sending slower; larger ones gain nothing. */
const chunkSize = 1024 * 1024;

/** A part of a file, and the state of the file when it was opened. */
export interface FilePart {
  /** Absolute path. */
  path: string;
  /** The path as it was given, for errors. */
  name: string;
  /** Identifies the state of the file, to detect changes. */
  stats: Stats;
  /** Offset of the first byte. */
  start: number;
  /** Offset after the last byte. */
  end: number;
}

/**
 * Reads a part of a file, one chunk ahead of the reader. The file is opened at the first read. Fails with a
 * DOMException `NotReadableError` if the file has changed, `NotFoundError` if it was removed, and with a FileError if
 * the system cannot read it.
 */
export function readPart({ path, name, stats, start, end }: FilePart): ReadableStream<Uint8Array<ArrayBuffer>> {
  let handle: FileHandle | undefined;
  let position = start;
  let ahead: Promise<Uint8Array<ArrayBuffer>> | undefined;
  const close = async (): Promise<void> => {
    // A file must not be closed during a read.
    await ahead?.catch(() => {});
    await handle?.close();
  };
  const read = async (file: FileHandle): Promise<Uint8Array<ArrayBuffer>> => {
    // Not zero-filled: that would take as long as the read.
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
            // Checked before the first byte and after the last: the file may have been replaced in between.
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
