import { checkLinkTarget } from '../../../bytes/paths.ts';
import { UnsafePathError } from '../../../errors.ts';
import type { TreeEntry } from './entry-tree.ts';
import type { Unpacking } from './unpacking.ts';

/** Most symlinks that one may lead through, itself included; systems follow as many. */
const mostHops = 40;

/** A path of the destination as it will be; each knows the one it is in, so that `..` costs nothing. */
interface Place {
  path: string;
  /** The directory that it is in; undefined for the directory that nothing may leave. */
  up: Place | undefined;
  entry: TreeEntry | undefined;
}

/** Where a symlink leads, and through how many it does. */
interface Resolved {
  place: Place;
  hops: number;
}

/** A symlink, by its place. */
interface Link extends Place {
  up: Place;
}

/**
 * Checks where the symlinks of a layer lead, below the directory it is: inside it, also through other symlinks, of the archives and of the
 * destination, whatever their order. What they lead to need not be there.
 *
 * @throws UnsafePathError when one is absolute, leaves the directory, or leads through more than 40 symlinks
 */
export async function checkSymlinks(
  unpacking: Unpacking,
  path: string,
  layer: number,
  signal?: AbortSignal,
): Promise<void> {
  const resolver = new Resolver(unpacking);
  const root = unpacking.tree.find(path, await unpacking.keyOf(path));
  const folders: Place[] = [{ path, up: undefined, entry: root }];
  for (let folder = folders.pop(); folder; folder = folders.pop()) {
    signal?.throwIfAborted();
    for (const below of folder.entry?.entries?.values() ?? []) {
      const place = { path: `${folder.path}/${below.name}`, up: folder, entry: below };
      if (below.type === 'directory') folders.push(place);
      else if (below.type === 'symlink' && below.layer === layer) await resolver.check(place, below.linkTarget ?? '');
    }
  }
}

class Resolver {
  readonly #unpacking: Unpacking;
  readonly #resolved = new Map<string, Resolved>();
  /** The symlink that is checked, which errors are about. */
  #checked: { path: string; target: string } = { path: '', target: '' };

  constructor(unpacking: Unpacking) {
    this.#unpacking = unpacking;
  }

  async check(link: Link, target: string): Promise<void> {
    checkLinkTarget(link.path, target);
    this.#checked = { path: link.path, target };
    await this.#resolve(link, target, mostHops);
  }

  /** Follows a symlink; each is followed once, however many lead through it. */
  async #resolve(link: Link, target: string, most: number): Promise<Resolved> {
    const known = this.#resolved.get(link.path);
    if (known && known.hops <= most) return known;
    if (known || most <= 0) throw this.#refused(`it leads through more than ${mostHops} symlinks, or in a circle`);
    if (/^\/|\\|^[A-Za-z]:/.test(target)) throw this.#refused('it is absolute, or has a backslash');
    let place = link.up;
    let hops = 1;
    for (const part of target.split('/')) {
      if (part === '' || part === '.') continue;
      if (part === '..') {
        if (!place.up) throw this.#refused('it leads outside of its directory');
        place = place.up;
        continue;
      }
      const found = await this.#below(place, part);
      if (found.linkTarget === undefined) {
        place = found.place;
        continue;
      }
      const through = await this.#resolve(found.place, found.linkTarget, most - hops);
      hops += through.hops;
      place = through.place;
    }
    const resolved = { place, hops };
    this.#resolved.set(link.path, resolved);
    return resolved;
  }

  /** What will be at a name in a directory. */
  async #below(up: Place, name: string): Promise<{ place: Link; linkTarget: string | undefined }> {
    const path = `${up.path}/${name}`;
    const key = await this.#unpacking.keyOf(path);
    const entry = up.entry?.entries?.get(key.slice(key.lastIndexOf('/') + 1));
    const { type, linkTarget } = entry ?? this.#unpacking.existing.get(key) ?? {};
    // Where the storage does not say where a symlink leads, it may be anywhere.
    return { place: { path, up, entry }, linkTarget: type === 'symlink' ? (linkTarget ?? '/') : undefined };
  }

  #refused(why: string): UnsafePathError {
    const { path, target } = this.#checked;
    const shown = JSON.stringify(target.slice(0, 160));
    return new UnsafePathError(`The symlink ${JSON.stringify(path)} to ${shown} is refused: ${why}`, path);
  }
}
