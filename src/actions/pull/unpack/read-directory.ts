import { readable } from '../../../bytes/read-error.ts';
import { type Content, readAll, readChunks, streamOf } from '../../../bytes/streams.ts';
import { tap } from '../../../bytes/tap.ts';
import { InvalidArchiveError, isOrasError } from '../../../errors.ts';
import { createDigester, digestOf } from '../../../oci/digest.ts';
import type { AbortOptions } from '../../../options.ts';
import type { Digest } from '../../../types.ts';
import type { DirectoryEntry } from './archive-entries.ts';
import type { TreeEntry } from './entry-tree.ts';
import { FileWriter, isExecutable } from './file-writer.ts';
import type { OmittedEntry } from './omitted.ts';
import { digestOfFile, type Unpacking } from './unpacking.ts';

/** A file of an archive, as it is compared and written. */
interface FileToTake {
  path: string;
  key: string;
  entry: TreeEntry;
  /** Whether its archive had a file at its path before. */
  isAgain: boolean;
}

/**
 * Takes the entries of one layer into the tree, and writes its files with a writer, but for those that are at their places
 * already. Without a writer nothing is written, and the digests of files are kept.
 */
export class DirectoryReader {
  readonly #unpacking: Unpacking;
  readonly #layer: number;
  readonly #writer: FileWriter | undefined;
  readonly #options: AbortOptions;
  /** Entries that are never made. */
  readonly omitted: OmittedEntry[] = [];

  /** Reads a layer by its number. */
  constructor(unpacking: Unpacking, layer: number, writer: FileWriter | undefined, options: AbortOptions) {
    this.#unpacking = unpacking;
    this.#layer = layer;
    this.#writer = writer;
    this.#options = options;
  }

  /** Takes the entries in their order. */
  async read(entries: AsyncIterable<DirectoryEntry>): Promise<void> {
    for await (const entry of entries) {
      if (entry.type === 'file') await this.#takeFile(entry);
      else if (entry.type === 'link') await this.#takeHardLink(entry);
      else await this.#add(entry, { ...entry, type: entry.type });
    }
  }

  async #add(
    { path, at }: DirectoryEntry,
    { type, mode, size, linkTarget }: Pick<TreeEntry, 'type' | 'mode' | 'size' | 'linkTarget'>,
  ): Promise<FileToTake> {
    const key = await this.#unpacking.keyOf(path);
    const added = { path, key, type, mode, size, linkTarget, layer: this.#layer, at };
    if (type === 'other') this.omitted.push({ path, what: 'special' });
    return { path, key, ...this.#unpacking.tree.add(added) };
  }

  async #takeFile(entry: DirectoryEntry): Promise<void> {
    const file = await this.#add(entry, { ...entry, type: 'file' });
    const isSmall = FileWriter.isSmall(entry.size);
    // Read in any case: the next entry comes after it.
    const bytes = isSmall ? await readAll(entry.stream(), entry.size, this.#options.signal) : undefined;
    await this.#place(file, entry.size, bytes ?? entry.stream());
  }

  /** A hard link is one more copy of what it repeats. */
  async #takeHardLink(entry: DirectoryEntry): Promise<void> {
    const { path, linkTarget = '' } = entry;
    const { tree, to } = this.#unpacking;
    const target = tree.find(linkTarget, await this.#unpacking.keyOf(linkTarget));
    if (!target || target.layer !== this.#layer || target.type === 'directory') {
      const message = `The hard link ${path} of the archive repeats ${linkTarget}, which is no file before it`;
      throw new InvalidArchiveError(message, path);
    }
    if (path === linkTarget) return;
    entry.countCopy(target.size ?? 0);
    const file = await this.#add(entry, target);
    if (target.type !== 'file') return;
    target.isRepeated = true;
    await this.#writer?.end();
    const source = target.isKept ? to : this.#writer?.storage;
    const content = await source?.get(linkTarget, this.#options);
    if (this.#writer && !content) throw new InvalidArchiveError(`Cannot read ${linkTarget} again`, path);
    if (content) await this.#place(file, content.size, content);
    else await this.#compare(file, target.digest);
  }

  /** Writes a file, unless the same is at its place. */
  async #place(file: FileToTake, size: number, content: Content | Uint8Array): Promise<void> {
    const { path, entry, isAgain } = file;
    const { signal } = this.#options;
    const wanted = await this.#digestInPlace(file, size);
    // It may still be on its way.
    if (isAgain) await this.#writer?.end();
    const mode = entry.mode ?? 0o666;
    if (content instanceof Uint8Array) {
      if (wanted !== undefined || !this.#writer) entry.digest = digestOf(content);
      if (this.#isKept(file, wanted)) return this.#forget(file, isAgain);
      await this.#writer?.writeSoon(path, content, mode, this.#options);
      return;
    }
    const stream = content instanceof Blob ? readable(content, path, 'Cannot pull') : streamOf(content);
    const digester = wanted !== undefined || !this.#writer ? createDigester() : undefined;
    const seen = digester ? tap(stream, { chunk: (chunk) => digester.update(chunk) }) : stream;
    if (this.#writer) await this.#writer.write(path, seen, mode, this.#options);
    else await readChunks(seen, () => {}, signal);
    if (digester) entry.digest = digester.digest();
    if (this.#isKept(file, wanted)) await this.#forget(file, true);
  }

  /** Compares a file that is not read with what is at its place. */
  async #compare(file: FileToTake, digest: Digest | undefined): Promise<void> {
    const wanted = await this.#digestInPlace(file);
    Object.assign(file.entry, { digest });
    this.#isKept(file, wanted);
  }

  /** The digest of the file that is at the place of one, if it is as large. One that cannot be read is another file. */
  async #digestInPlace(file: FileToTake, size?: number): Promise<Digest | undefined> {
    try {
      const old = await this.#existing(file);
      if (!old || (size !== undefined && old.size !== size)) return undefined;
      return await digestOfFile(old, file.path, this.#options.signal);
    } catch (error) {
      if (!isOrasError(error, 'FILE')) throw error;
      return undefined;
    }
  }

  /** The file that is at the place of one. */
  async #existing({ path, key }: FileToTake): Promise<Blob | undefined> {
    const { to, existing } = this.#unpacking;
    // Where nothing is staged, the storage checks the path by that, before anything is written.
    if (this.#writer && existing.get(key)?.type !== 'file') return undefined;
    return to.get(path, this.#options);
  }

  #isKept(file: FileToTake, wanted: Digest | undefined): boolean {
    const { entry, key } = file;
    const { existing, overwrite } = this.#unpacking;
    const old = existing.get(key);
    const isSame = wanted !== undefined && entry.digest === wanted;
    const isMadeExecutable =
      overwrite && old?.mode !== undefined && isExecutable(old.mode) !== isExecutable(entry.mode);
    entry.isKept = isSame && !isMadeExecutable;
    return entry.isKept;
  }

  async #forget({ path }: FileToTake, isWritten: boolean): Promise<void> {
    if (isWritten) await this.#writer?.storage.delete(path, this.#options);
  }
}
