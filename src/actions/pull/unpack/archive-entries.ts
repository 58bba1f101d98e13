import type { ArchiveLimits } from '../../../archive/reading/limits.ts';
import { type ReadEntry, readArchive } from '../../../archive/reading/read-archive.ts';
import { InvalidArchiveError, InvalidManifestError, MismatchError, UnsafePathError } from '../../../errors.ts';
import { annotationKeys } from '../../../oci/annotations.ts';
import { createDigester, type Digester, isDigest, splitDigest } from '../../../oci/digest.ts';
import type { AbortOptions } from '../../../options.ts';
import type { DirectoryLayer } from './unpacking.ts';

/** An entry of a directory's archive. */
export interface DirectoryEntry extends ReadEntry {
  /** Its number in the archive, from 1. */
  at: number;
}

/**
 * What the tar of a directory is compared with, its annotation: undefined without it.
 *
 * @throws InvalidManifestError when the annotation is no digest
 * @throws UnsupportedError when its algorithm is unknown
 */
export function tarDigestOf({ name, layer }: DirectoryLayer): { expected: string; digester: Digester } | undefined {
  const expected = layer.annotations?.[annotationKeys.contentDigest];
  if (expected === undefined) return undefined;
  if (!isDigest(expected)) {
    throw new InvalidManifestError(`The annotation ${annotationKeys.contentDigest} of ${name} is no digest`);
  }
  return { expected, digester: createDigester(splitDigest(expected).algorithm) };
}

/**
 * The entries of a directory's archive, all at or below its path. When the loop has ended, the tar is the one of the layer's
 * annotation.
 *
 * @throws UnsafePathError when an entry, or one that a hard link repeats, is elsewhere
 * @throws InvalidArchiveError when the archive is damaged, or the directory itself is none in it
 * @throws MismatchError when the tar is another one
 */
export async function* directoryEntries(
  directory: DirectoryLayer,
  archive: ReadableStream<Uint8Array>,
  options: AbortOptions & { limits?: ArchiveLimits | undefined },
): AsyncGenerator<DirectoryEntry, void, void> {
  const { name } = directory;
  const tar = tarDigestOf(directory);
  const onTarBytes = tar && ((chunk: Uint8Array): void => tar.digester.update(chunk));
  let at = 0;
  for await (const entry of readArchive(archive, { ...options, onTarBytes })) {
    at++;
    requireInside(entry.path, name);
    if (entry.path === name && entry.type !== 'directory') {
      throw new InvalidArchiveError(`The archive of the directory ${name} has something else at its path`, name);
    }
    if (entry.type === 'link') requireInside(entry.linkTarget ?? '', name);
    yield Object.assign(entry, { at });
  }
  if (!tar) return;
  const actual = tar.digester.digest();
  if (actual === tar.expected) return;
  const message = `The tar archive of ${name} has the digest ${actual}, but its annotation says ${tar.expected}`;
  throw new MismatchError(message, tar.expected, actual);
}

function requireInside(path: string, directory: string): void {
  if (path === directory || path.startsWith(`${directory}/`)) return;
  const message = `The path ${JSON.stringify(path)} is refused: it is outside of the directory ${directory} of its layer`;
  throw new UnsafePathError(message, path);
}
