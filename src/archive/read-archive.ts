import { gunzip } from '#gunzip';
import { abortable } from '../bytes/streams.ts';
import { tap } from '../bytes/tap.ts';
import type { AbortOptions } from '../options.ts';
import { ByteReader } from './byte-reader.ts';
import type { ArchiveEntry } from './entry.ts';
import { EntryContent } from './entry-content.ts';
import { isGzip } from './gzip-members.ts';
import type { ArchiveLimits } from './limits.ts';
import { Meter } from './meter.ts';
import { readTarEntry } from './tar-entries.ts';
import { damagedTar } from './tar-errors.ts';

/** An entry of an archive that is being read. */
export interface ReadEntry extends ArchiveEntry {
  /**
   * The content of a file, once, and before the next entry is asked for: what is not read then is skipped. It fails with
   * what the archive fails with. Empty for everything else.
   */
  stream(): ReadableStream<Uint8Array>;
}

/** Options of {@link readArchive}. */
export interface ReadArchiveOptions extends AbortOptions {
  /** How much the archive may hold. */
  limits?: ArchiveLimits | undefined;
  /** Is given the tar as it is read, decompressed, all of it by the time the last entry was read: for its digest. */
  onTarBytes?: ((chunk: Uint8Array) => void) | undefined;
}

/**
 * The entries of a tar archive, compressed with gzip or not, in their order, while it is read. Paths are cleaned and
 * checked, also those that hard links repeat; where symlinks lead is not. An entry for the root is left out. When the loop
 * has ended, every byte of the stream was read, those behind the end of the archive as well. When it is left early, the
 * stream is cancelled.
 *
 * @throws InvalidArchiveError when it is no such archive, damaged, cut off, or has a sparse file
 * @throws UnsafePathError when a path leads outside, or could not be one everywhere
 * @throws TooLargeError when it has more than the limits, as soon as that is known
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
      if (entry.path !== '') yield { ...shown, stream: () => content.stream() };
      await content.end();
      signal?.throwIfAborted();
    }
    await source.skip(Number.POSITIVE_INFINITY);
  } catch (error) {
    reason = error;
    throw error;
  } finally {
    // The loop may have been left; where all was read, there is nothing to end.
    await source.cancel(reason).catch(() => {});
  }
}
