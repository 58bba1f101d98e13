import type { NamedDirectory } from '../../actions/push/file-input.ts';
import { directoryBlocks, type PackOptions } from '../../actions/push/pack-directory.ts';
import type { TarBlock } from '../../archive/writing/blocks.ts';
import { gzipOf } from '../../archive/writing/gzip.ts';
import type { PackedArchive } from '../../archive/writing/packed-archive.ts';
import { checkPath } from '../../bytes/paths.ts';
import { NotFoundError } from '../../errors.ts';
import { createDigester } from '../../oci/digest.ts';
import type { AbortOptions } from '../../options.ts';
import { placeOf } from '../files/directory-storage.ts';
import { deflateInThreads, deflatesAhead } from './deflate-in-threads.ts';
import { tarInThread } from './tar-in-thread.ts';
import type { AskedEntry, EntryChoice } from './tar-messages.ts';

/**
 * Packs a directory in threads, the same bytes as everywhere: one walks and reads a directory of the disk, as many as there
 * are processors, and at most 4, compress. What a storage of another kind has is read here. They are started when the
 * stream is read, and end soon after it.
 */
export function packInThreads(directory: NamedDirectory, options: PackOptions & AbortOptions = {}): PackedArchive {
  const { compression, signal } = options;
  return gzipOf(blocksOf(directory, options), {
    compression,
    signal,
    deflate: deflateInThreads(),
    startDigest: () => createDigester(),
    concurrency: deflatesAhead,
  });
}

async function* blocksOf(
  named: NamedDirectory,
  options: PackOptions & AbortOptions,
): AsyncGenerator<TarBlock, void, void> {
  const { name, directory, path = '' } = named;
  const place = placeOf(directory, path);
  const prefix = path === '' ? '' : `${path}/`;
  if (place !== undefined && path !== '') {
    checkPath(path);
    // Through a symlink it fails, as the list of the storage does.
    await directory.typeOf?.(`${prefix}x`, options);
    if ((await directory.typeOf?.(path, options)) !== 'directory') {
      throw new NotFoundError(`The directory ${path} of ${name} does not exist`, path);
    }
  }
  const how = { blocksInUse: deflatesAhead, choose: chooseBy(options), signal: options.signal };
  const blocks = place === undefined ? undefined : await tarInThread({ directory: place, name, prefix }, how);
  yield* blocks ?? directoryBlocks(named, options);
}

function chooseBy({ filter, modes }: PackOptions): ((entries: AskedEntry[]) => EntryChoice[]) | undefined {
  if (!filter && !modes) return undefined;
  return (entries) =>
    entries.map(({ path, type }) => {
      const isPacked = filter ? filter({ path, type }) : true;
      return { isPacked, mode: isPacked && type === 'file' ? modes?.(path) : undefined };
    });
}
