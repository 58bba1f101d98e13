import { gunzip } from '#gunzip';
import { abortable } from '../../bytes/streams.ts';
import { tap } from '../../bytes/tap.ts';
import type { AbortOptions } from '../../options.ts';
import type { ArchiveEntry } from '../entry.ts';
import { ByteReader } from './byte-reader.ts';
import { EntryContent } from './entry-content.ts';
import { isGzip } from './gzip-members.ts';
import type { ArchiveLimits } from './limits.ts';
import { Meter } from './meter.ts';
import { readTarEntry } from './tar-entries.ts';
import { damagedTar } from './tar-errors.ts';

/** An entry of an archive that is being read. */
export interface ReadEntry extends ArchiveEntry {
  /**
   * The content of a file; empty for other entries. Call it only once, and before the next entry, which skips what was not
   * read. The stream fails with the errors of {@link readArchive}.
   */
  stream(): ReadableStream<Uint8Array>;
  /**
   * Counts the bytes that a hard link repeats as bytes of the archive, for its limits. Call it before they are copied.
   *
   * @throws TooLargeError with the path of the entry, when a limit is exceeded
   */
  countCopy(bytes: number): void;
}

/** Options of {@link readArchive}. */
export interface ReadArchiveOptions extends AbortOptions {
  /** How much the archive may hold. */
  limits?: ArchiveLimits | undefined;
  /** Called with every chunk of the decompressed tar, for its digest. It has seen all bytes when the loop has ended. */
  onTarBytes?: ((chunk: Uint8Array) => void) | undefined;
}

/**
 * Reads a tar archive, plain or gzip, entry by entry, as a stream. Paths and the targets of hard links are cleaned and checked;
 * the targets of symlinks are not. Entries of the root directory (`./`) are left out. When the loop has ended, the stream was
 * read to its very end, including bytes after the end of the archive. Leaving the loop early cancels the stream.
 *
 * @throws InvalidArchiveError if it is not a tar archive, damaged, cut off, or has sparse files
 * @throws UnsafePathError if a path or the target of a hard link is not a safe path
 * @throws TooLargeError as soon as a limit is exceeded
 */
export async function* readArchive(
  stream: ReadableStream<Uint8Array>,
  options: ReadArchiveOptions = {},
): AsyncGenerator<ReadEntry, void, void> {
  const { limits, signal, onTarBytes } = options;
  const meter = new Meter(limits);
  const stored = new ByteReader(tap(abortable(stream, signal), meter.stored));
  let source = stored;
  let reason: unknown;
  try {
    const isCompressed = isGzip(await stored.peek(2));
    const unpacked = isCompressed ? gunzip(stored.stream(), signal) : stored.stream();
    source = new ByteReader(tap(unpacked, meter.read, { chunk: (chunk) => onTarBytes?.(chunk) }));
    if ((await source.peek(1)).length === 0) throw damagedTar('it is empty');
    for (let entry = await readTarEntry(source); entry; entry = await readTarEntry(source)) {
      meter.entry(entry.path);
      const content = new EntryContent(source, entry);
      const { stored: _, ...shown } = entry;
      if (entry.path !== '') {
        yield { ...shown, stream: () => content.stream(), countCopy: (bytes) => meter.add(bytes) };
      }
      await content.end();
      signal?.throwIfAborted();
    }
    await source.skip(Number.POSITIVE_INFINITY);
  } catch (error) {
    reason = error;
    throw error;
  } finally {
    // For loops that are left early; no effect at the end of the stream.
    await source.cancel(reason).catch(() => {});
  }
}
