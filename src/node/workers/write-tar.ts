import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { tarPadding } from '../../archive/tar-block.ts';
import { type PackedEntry, tarEnd, tarHeader } from '../../archive/writing/tar-header.ts';
import { checkTarEntry } from '../../archive/writing/tar-parts.ts';
import { checkLinkTarget } from '../../bytes/paths.ts';
import { FileError, NotFoundError } from '../../errors.ts';
import { checkPlace } from '../files/directory-places.ts';
import { fileErrorOf } from '../system/file-errors.ts';
import { codeOf } from '../system/system-errors.ts';
import type { BlockWriter } from './block-writer.ts';
import type { TarPlan } from './tar-messages.ts';
import { type Choose, type WalkedEntry, walk } from './walk.ts';

/** A symlink is not followed, and a pipe not waited for, should one be in the place of a file. */
const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/**
 * Writes the tar of a directory: the bytes that `tarParts` makes of its DirectoryStorage.
 *
 * @throws NotFoundError, UnsafePathError or FileError like packing the storage
 */
export async function writeTar(plan: TarPlan, writer: BlockWriter, choose: Choose | undefined): Promise<void> {
  const { name } = plan;
  await writeHeader(writer, { path: name, type: 'directory', mode: 0o755, size: 0 });
  for await (const entry of walk(plan, choose)) {
    const { path, type, linkTarget = '' } = entry;
    const own = { path: `${name}/${path}`, mode: 0o644, size: 0 };
    if (type === 'file') await writeFile(plan, writer, entry);
    else if (type === 'directory') await writeHeader(writer, { ...own, type });
    else {
      checkLinkTarget(path, linkTarget);
      await writeHeader(writer, { ...own, type, linkTarget });
    }
  }
  await writer.write(tarEnd());
}

function writeHeader(writer: BlockWriter, entry: PackedEntry): Promise<void> {
  checkTarEntry(entry);
  return writer.write(tarHeader(entry));
}

async function writeFile(plan: TarPlan, writer: BlockWriter, entry: WalkedEntry): Promise<void> {
  const { directory, name, prefix } = plan;
  const path = `${name}/${entry.path}`;
  const place = join(directory, entry.path);
  checkPlace(prefix + entry.path);
  let file: number | undefined;
  try {
    file = openSync(place, flags);
    const stats = fstatSync(file);
    if (!stats.isFile()) throw removed(path, name);
    await writeHeader(writer, { path, type: 'file', mode: entry.mode ?? stats.mode, size: stats.size });
    if (!(await writer.writeFile(file, stats))) throw changed(path);
    await writer.write(new Uint8Array(tarPadding(stats.size)));
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes(codeOf(error))) throw removed(path, name, error);
    throw fileErrorOf(error, 'read', prefix + entry.path, place);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function removed(path: string, name: string, cause?: unknown): NotFoundError {
  return new NotFoundError(`The file ${path} was removed while ${name} was packed`, path, { cause });
}

function changed(path: string): FileError {
  const message = `Cannot pack: the file ${path} has changed after it was opened, or cannot be read any more; open it again`;
  return new FileError(message, path, 'NotReadableError');
}
