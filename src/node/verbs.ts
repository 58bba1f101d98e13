import { type AttachOptions, attach as attachTo } from '../actions/graph/attach.ts';
import { type PullHooks, type PullOptions, type PullResult, pull as pullTo } from '../actions/pull/pull.ts';
import type { FileInputs } from '../actions/push/file-input.ts';
import type { PackedManifest } from '../actions/push/pack.ts';
import {
  type PackDirectoryOptions,
  type PackedDirectory,
  packDirectory as packFrom,
} from '../actions/push/pack-directory.ts';
import { type PackedFiles, type PushOptions, packFiles as pack, push as pushFrom } from '../actions/push/push.ts';
import type { StorageReader } from '../storage/storage.ts';
import type { ReadOnlyTarget, Target } from '../target/target.ts';
import type { Descriptor } from '../types.ts';
import { DirectoryStorage } from './files/directory-storage.ts';
import { openPath } from './files/open-path.ts';
import { temporarySpool } from './files/temporary-spool.ts';
import { packInThreads } from './workers/pack-in-threads.ts';

// The functions of the portable entry under the same names, but they accept paths; see there for the rest.

/** Pushes one file or many as an artifact; in Node, files may be paths. */
export function push(
  target: Target,
  tag: string | undefined,
  files: FileInputs,
  options?: PushOptions,
): Promise<PackedManifest> {
  return pushFrom(
    target,
    tag,
    files,
    withHooks({ openPath, archiveDirectory: packInThreads, spool: temporarySpool }, options),
  );
}

/** Pushes files as an artifact that refers to another one; in Node, files may be paths. */
export function attach(
  target: Target,
  reference: string | Descriptor,
  files: FileInputs,
  options: AttachOptions,
): Promise<PackedManifest> {
  const hooks = { openPath, archiveDirectory: packInThreads, spool: temporarySpool };
  return attachTo(target, reference, files, withHooks<Partial<AttachOptions>>(hooks, options) as AttachOptions);
}

/** Packs files into an artifact without pushing it; in Node, files may be paths. */
export function packFiles(files: FileInputs, options?: PushOptions): Promise<PackedFiles> {
  return pack(files, withHooks({ openPath, archiveDirectory: packInThreads }, options));
}

/** Packs a directory of a storage as one layer; in Node, it is packed in threads. */
export function packDirectory(
  directory: StorageReader,
  path?: string,
  options?: PackDirectoryOptions,
): PackedDirectory {
  return packFrom(directory, path, withHooks({ archiveDirectory: packInThreads }, options));
}

/** Pulls the files of an artifact, or fetches them on demand; in Node, `to` may be the path of a directory. */
export function pull(
  target: ReadOnlyTarget,
  reference: string | Descriptor,
  options?: PullOptions & PullHooks,
): Promise<PullResult> {
  return pullTo(target, reference, withHooks({ openDirectory, spool: temporarySpool }, options));
}

/** Opens a local directory as a storage. */
export function openDirectory(path: string): DirectoryStorage {
  return new DirectoryStorage(path);
}

/** The options with default hooks; values that are not options are left for the call to reject. */
function withHooks<O extends object>(hooks: O, options: O | undefined = {} as O): O {
  if (typeof options !== 'object' || options === null) return options;
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  // The options may be an AbortController: its `signal` is inherited, so the spread does not copy it.
  const { signal } = options as { signal?: AbortSignal };
  return { ...hooks, ...Object.fromEntries(given), ...(signal && { signal }) };
}
