import { type TarBlock, tarBlocks } from '../../archive/writing/blocks.ts';
import { type ArchiveCompression, type GzipOptions, gzipOf } from '../../archive/writing/gzip.ts';
import type { ArchiveDescription, PackedArchive } from '../../archive/writing/packed-archive.ts';
import { tarParts } from '../../archive/writing/tar-parts.ts';
import { kindOf } from '../../bytes/kinds.ts';
import { checkPath } from '../../bytes/paths.ts';
import { shown } from '../../json/values.ts';
import { annotationKeys } from '../../oci/annotations.ts';
import { mediaTypes } from '../../oci/media-types.ts';
import type { AbortOptions } from '../../options.ts';
import type { StorageReader } from '../../storage/storage.ts';
import type { Annotations, Descriptor, Digest } from '../../types.ts';
import { directoryEntries, type EntryOptions } from './directory-entries.ts';
import { checkDirectory, type NamedDirectory } from './file-input.ts';

/** How a directory becomes an archive. */
export interface PackOptions extends EntryOptions {
  /** `none` leaves the tar as it is; oras cannot unpack it then. Default `gzip`. */
  compression?: ArchiveCompression | undefined;
}

/**
 * Makes the archive of a directory, for example in workers. Its bytes must be those of the stream that the function
 * {@link packDirectory} gives.
 */
export type ArchiveDirectory = (
  directory: NamedDirectory,
  options: PackOptions & AbortOptions,
) => PackedArchive | Promise<PackedArchive>;

/** Options of {@link packDirectory}. */
export interface PackDirectoryOptions extends PackOptions, AbortOptions {
  /** Name the directory has when it is pulled, and begins every entry's path. Default: the last part of its path. */
  name?: string | undefined;
  /** Makes the archive. Default: here; in Node, in threads. */
  archiveDirectory?: ((...args: Parameters<ArchiveDirectory>) => PackedArchive) | undefined;
}

/** A directory as one layer, made while it is read. */
export interface PackedDirectory {
  /** The archive's bytes. The directory is read when this stream is read. */
  stream: ReadableStream<Uint8Array>;
  /** What it turned out to be; resolves just before the stream ends, and rejects when it fails or is cancelled. */
  described: Promise<{
    /** The layer's descriptor, with the annotations oras unpacks by. */
    descriptor: Descriptor;
    /** Digest of the tar in it, before it was compressed. */
    tarDigest: Digest;
  }>;
}

/**
 * Packs a directory of a storage as one layer: a tar by a fixed recipe, so that the same files make the same bytes in every
 * runtime (docs/archives.md). It is packed here, a few milliseconds at a time, and in flat memory.
 *
 * @throws UnsafePathError when the name, which has no default for a whole storage, is no relative path
 * @throws TypeError when an argument or an option has the wrong type
 * @throws NotFoundError in the stream when the directory does not exist, or a file was removed meanwhile
 * @throws UnsafePathError in the stream when a name could not be pulled, or a symlink leads out of the directory
 * @throws FileError in the stream when a file cannot be read, or changed while it was packed
 */
export function packDirectory(
  directory: StorageReader,
  path = '',
  { name = String(path).replace(/^.*\//, ''), archiveDirectory = packedHere, ...options }: PackDirectoryOptions = {},
): PackedDirectory {
  checkPackOptions(options);
  checkDirectory({ name, directory, path });
  checkPath(name);
  if (path !== '') checkPath(path);
  const { stream, described } = archiveDirectory({ name, directory, path }, options);
  const opened = { mediaType: directoryMediaType(options), annotations: { [annotationKeys.title]: name } };
  const found = described.then((is) => ({ descriptor: describe(opened, is), tarDigest: is.tarDigest }));
  // Whoever reads only the stream learns it there.
  found.catch(() => {});
  return { stream, described: found };
}

/** Checks the options of packing.
 *
 * @throws TypeError when one is of a wrong type
 */
export function checkPackOptions({ compression, filter, modes }: PackOptions): void {
  if (compression !== undefined && compression !== 'gzip' && compression !== 'none') {
    throw new TypeError(`"compression" must be "gzip" or "none", not ${shown(compression)}`);
  }
  for (const [name, value] of Object.entries({ filter, modes })) {
    if (value === undefined || typeof value === 'function') continue;
    throw new TypeError(`"${name}" must be a function, not ${kindOf(value)}`);
  }
}

/** Packs a directory; who compresses it, and who hashes it, makes no difference to its bytes. */
export function packedHere(
  directory: NamedDirectory,
  { compression, filter, modes, signal, ...how }: PackOptions & GzipOptions,
): PackedArchive {
  return gzipOf(directoryBlocks(directory, { filter, modes, signal }), { compression, signal, ...how });
}

/** The tar of a directory in blocks. */
export function directoryBlocks(
  directory: NamedDirectory,
  options: EntryOptions & AbortOptions,
): AsyncGenerator<TarBlock, void, void> {
  return tarBlocks(tarParts(directoryEntries(directory, options)));
}

/** The media type of a directory's layer. */
export function directoryMediaType({ compression = 'gzip' }: Pick<PackOptions, 'compression'>): string {
  return compression === 'gzip' ? mediaTypes.layerTarGzip : mediaTypes.layerTar;
}

/** The descriptor of a directory's layer, with the annotations that oras unpacks it by. */
export function describe(
  { mediaType, annotations }: { mediaType: string; annotations: Annotations },
  { digest, size, tarDigest }: ArchiveDescription,
): Descriptor {
  const unpacked = { [annotationKeys.contentDigest]: tarDigest, [annotationKeys.unpack]: 'true' };
  return { mediaType, digest, size, annotations: { ...annotations, ...unpacked } };
}
