import { type DirectoryHook, type PullOptions, type PullResult, pull as pullTo } from '../actions/pull/pull.ts';
import type { FileInputs } from '../actions/push/file-input.ts';
import type { PackedManifest } from '../actions/push/pack.ts';
import { type PackedFiles, type PushOptions, packFiles as pack, push as pushFrom } from '../actions/push/push.ts';
import type { ReadOnlyTarget, Target } from '../target/target.ts';
import type { Descriptor } from '../types.ts';
import { DirectoryStorage } from './files/directory-storage.ts';
import { openPath } from './files/open-path.ts';

// The verbs of the portable entry under the same names, with paths: what else they do is said there.

/** Stores one file or many as an artifact; here files may be paths. */
export function push(
  target: Target,
  tag: string | undefined,
  files: FileInputs,
  options?: PushOptions,
): Promise<PackedManifest> {
  return pushFrom(target, tag, files, withHooks({ openPath }, options));
}

/** Reads files and makes the artifact they would be pushed as; here files may be paths. */
export function packFiles(files: FileInputs, options?: PushOptions): Promise<PackedFiles> {
  return pack(files, withHooks({ openPath }, options));
}

/** The files of an artifact, written or fetched as they are asked for; here `to` may be the path of a directory. */
export function pull(
  target: ReadOnlyTarget,
  reference: string | Descriptor,
  options?: PullOptions & DirectoryHook,
): Promise<PullResult> {
  return pullTo(target, reference, withHooks({ openDirectory }, options));
}

/** Opens the path of a directory as a storage. */
export function openDirectory(path: string): DirectoryStorage {
  return new DirectoryStorage(path);
}

/** The options with hooks, unless they have their own; what are no options is left for the call to refuse. */
function withHooks<O extends object>(hooks: O, options: O | undefined = {} as O): O {
  if (typeof options !== 'object' || options === null) return options;
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  // An AbortController is taken for options, too: its signal is not a property of its own.
  const { signal } = options as { signal?: AbortSignal };
  return { ...hooks, ...Object.fromEntries(given), ...(signal && { signal }) };
}
