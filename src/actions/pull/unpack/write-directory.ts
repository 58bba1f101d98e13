import { readable } from '../../../bytes/read-error.ts';
import { readAll } from '../../../bytes/streams.ts';
import type { AbortOptions } from '../../../options.ts';
import type { DirectoryEntry } from './archive-entries.ts';
import { FileWriter } from './file-writer.ts';
import type { Unpacking } from './unpacking.ts';

/**
 * Writes the files of a layer to their places, once all of them were read and compared before. Of a path that its archive
 * has more than once only the last entry is written.
 */
export async function writeDirectory(
  unpacking: Unpacking,
  layer: number,
  entries: AsyncIterable<DirectoryEntry>,
  writer: FileWriter,
  options: AbortOptions,
): Promise<void> {
  for await (const { path, at, size, type, linkTarget = '', stream } of entries) {
    const entry = unpacking.tree.find(path, await unpacking.keyOf(path));
    if (entry?.type !== 'file' || entry.layer !== layer || entry.at !== at || entry.isKept) continue;
    const mode = entry.mode ?? 0o666;
    if (type === 'link') {
      await writer.end();
      const content = await unpacking.to.get(linkTarget, options);
      if (content) await writer.write(path, readable(content, linkTarget, 'Cannot pull'), mode, options);
    } else if (FileWriter.isSmall(size)) {
      await writer.writeSoon(path, await readAll(stream(), size, options.signal), mode, options);
    } else {
      await writer.write(path, stream(), mode, options);
    }
  }
  await writer.end();
}
