import { readable } from '../../bytes/read-error.ts';
import { readChunks } from '../../bytes/streams.ts';
import { ExistsError } from '../../errors.ts';
import { createDigester, splitDigest } from '../../oci/digest.ts';
import type { AbortOptions } from '../../options.ts';
import { entryNames } from '../../storage/entry-names.ts';
import type { StorageAdapter } from '../../storage/storage.ts';
import type { FilesToWrite, TitledLayer } from './titled-layers.ts';

/** The kind of an existing entry. */
type Taken = Awaited<ReturnType<NonNullable<StorageAdapter['typeOf']>>>;

/** Returns the kind of the entry at a path. */
type TypeOf = (path: string) => Promise<Taken>;

/**
 * Checks all destinations before the first file is written. Returns the files that already exist with the same content.
 *
 * @throws ExistsError when a destination exists and must not be overwritten, or a file is in place of a directory
 */
export async function findWritten(
  { files, folders }: FilesToWrite,
  to: StorageAdapter,
  options: AbortOptions & { overwrite?: boolean | undefined },
): Promise<Set<TitledLayer>> {
  const typeOf = typesIn(to, files, options);
  const written = new Set<TitledLayer>();
  for (const file of files) if (await isWritten(file, to, typeOf, options)) written.add(file);
  for (const folder of folders()) {
    options.signal?.throwIfAborted();
    // The storage itself refuses to follow a symlink.
    const type = to.typeOf ? await typeOf(folder) : (await to.get(folder, options)) && 'file';
    if (type !== 'file' && type !== 'other') continue;
    throw new ExistsError(
      `Cannot write into ${folder}: there is ${entryNames[type]} where a directory must be`,
      folder,
    );
  }
  return written;
}

/** Tells whether a file exists with the layer's content; other content is ignored if it will be overwritten. */
async function isWritten(
  { name, layer }: TitledLayer,
  to: StorageAdapter,
  typeOf: TypeOf,
  options: AbortOptions & { overwrite?: boolean | undefined },
): Promise<boolean> {
  const file = await to.get(name, options);
  if (file?.size === layer.size) {
    const digester = createDigester(splitDigest(layer.digest).algorithm);
    await readChunks(readable(file, name, 'Cannot pull'), (chunk) => digester.update(chunk), options.signal);
    if (digester.digest() === layer.digest) return true;
  }
  const type = file ? 'file' : await typeOf(name);
  if (type === undefined || (options.overwrite && type !== 'directory')) return false;
  if (type === 'directory') throw new ExistsError(`Cannot write ${name}: there is a directory`, name);
  const content = type === 'file' || type === 'symlink' ? ' with other content' : '';
  throw new ExistsError(
    `Cannot write ${name}: there is ${entryNames[type]}${content}; allow it with "overwrite"`,
    name,
  );
}

/** Finds entries that `get` does not return, directories and symlinks. They are listed together, and only if needed. */
function typesIn(storage: StorageAdapter, files: readonly TitledLayer[], options: AbortOptions): TypeOf {
  const typeOf = storage.typeOf?.bind(storage);
  if (typeOf) return (path) => typeOf(path, options);
  const list = async (): Promise<Map<string, Taken>> => {
    const names = new Set(files.map(({ name }) => name));
    const types = new Map<string, Taken>();
    for await (const { path, type } of storage.list(commonStart([...names]), options)) {
      if (names.has(path)) types.set(path, type);
    }
    return types;
  };
  let listed: Promise<Map<string, Taken>> | undefined;
  return async (path) => {
    listed ??= list();
    return (await listed).get(path);
  };
}

/** The longest common prefix of all texts. */
function commonStart([first = '', ...others]: readonly string[]): string {
  let length = first.length;
  for (const text of others) {
    let same = 0;
    while (same < length && text[same] === first[same]) same++;
    length = same;
  }
  return first.slice(0, length);
}
