import { readable } from '../../bytes/read-error.ts';
import { readChunks } from '../../bytes/streams.ts';
import { ExistsError } from '../../errors.ts';
import { createDigester, splitDigest } from '../../oci/digest.ts';
import type { AbortOptions } from '../../options.ts';
import type { StorageAdapter } from '../../storage/storage.ts';
import type { FilesToWrite, TitledLayer } from './titled-layers.ts';

/** What a path is taken by. */
type Taken = Awaited<ReturnType<NonNullable<StorageAdapter['typeOf']>>>;

/** Gives what is at a path. */
type TypeOf = (path: string) => Promise<Taken>;

const words = { file: 'a file', symlink: 'a symlink', directory: 'a directory', other: 'a pipe, a socket or a device' };

/**
 * Looks at every place that files are to be written to, before the first is. Gives the files that are there already, with
 * the same content.
 *
 * @throws ExistsError when something else is at one, and must not be overwritten, or is where a directory must be
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
    // A storage refuses to follow a symlink by itself.
    const type = to.typeOf ? await typeOf(folder) : (await to.get(folder, options)) && 'file';
    if (type !== 'file' && type !== 'other') continue;
    throw new ExistsError(`Cannot write into ${folder}: there is ${words[type]} where a directory must be`, folder);
  }
  return written;
}

/** Tells whether a file is there with the layer's content; other content is only passed over to be overwritten. */
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
  throw new ExistsError(`Cannot write ${name}: there is ${words[type]}${content}; allow it with "overwrite"`, name);
}

/** What is at the paths that `get` does not give: a directory or a symlink. They are looked for together, if at all. */
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

/** What all texts begin with. */
function commonStart([first = '', ...others]: readonly string[]): string {
  let length = first.length;
  for (const text of others) {
    let same = 0;
    while (same < length && text[same] === first[same]) same++;
    length = same;
  }
  return first.slice(0, length);
}
