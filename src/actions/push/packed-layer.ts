import { counted } from '../../bytes/tap.ts';
import type { TransferOptions } from '../../options.ts';
import { throttled } from '../../target/progress.ts';
import type { Descriptor } from '../../types.ts';
import type { OpenedDirectory } from './directories.ts';
import { type ArchiveDirectory, describe, type PackOptions, packedHere } from './pack-directory.ts';

/** Bytes between two reports of an archive, whose size is not known. */
const reportBytes = 100 * 1024 * 1024;

/** Content whose descriptor is known when it was read to its end. */
export interface DescribedStream {
  /** The content. */
  stream: ReadableStream<Uint8Array>;
  /** Its descriptor; it resolves just before the stream ends. */
  described: Promise<Descriptor>;
}

/** Who packs directories. */
export interface PackHook {
  /** Makes the archive of a directory. Default: in this thread, a few milliseconds at a time. */
  archiveDirectory?: ArchiveDirectory | undefined;
}

/** Packs a directory, and tells of it as of a file that is hashed, from the start: a small archive has no other report. */
export async function packLayer(
  file: OpenedDirectory,
  { archiveDirectory = packedHere, onProgress, ...options }: PackHook & PackOptions & TransferOptions,
): Promise<DescribedStream> {
  const { name, directory } = file;
  const { compression, filter, modes, signal } = options;
  const tell = (transferred: number): void => onProgress?.({ type: 'hash', name, transferred, size: undefined });
  tell(0);
  const packed = await archiveDirectory(directory, { compression, filter, modes, signal });
  const described = packed.described.then((is) => describe(file, is));
  // It is waited for once the stream has ended.
  described.catch(() => {});
  return { stream: counted(packed.stream, throttled(reportBytes, tell)), described };
}
