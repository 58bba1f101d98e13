import { pauses } from '../../../archive/pause.ts';
import { checkLinkTarget } from '../../../bytes/paths.ts';
import { UnsafePathError } from '../../../errors.ts';
import type { TreeEntry } from './entry-tree.ts';
import type { Unpacking } from './unpacking.ts';

/** A path of the destination as it will be; each knows the one it is in, so that `..` costs nothing. */
interface Place {
  path: string;
  /** The directory that it is in; undefined for the directory that nothing may leave. */
  up: Place | undefined;
  entry: TreeEntry | undefined;
}

/** A symlink, by its place. */
interface Link extends Place {
  up: Place;
}

/** A symlink that is followed. */
interface Walk {
  link: Link;
  /** Where it leads, as far as it was followed. */
  place: Place;
  /** The parts of its target that are yet to be followed, the last one first. */
  rest: string[];
}

/**
 * Checks where the symlinks of a layer lead, below the directory it is: inside it, also through other symlinks, of the
 * archives and of the destination, whatever their order. What they lead to need not be there; one in a circle leads
 * nowhere.
 *
 * @throws UnsafePathError when one is absolute, or leaves the directory
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
  const breathe = pauses();
  for (let folder = folders.pop(); folder; folder = folders.pop()) {
    for (const below of folder.entry?.entries?.values() ?? []) {
      await breathe();
      signal?.throwIfAborted();
      const place = { path: `${folder.path}/${below.name}`, up: folder, entry: below };
      if (below.type === 'directory') folders.push(place);
      else if (below.type === 'symlink' && below.layer === layer) await resolver.check(place, below.linkTarget ?? '');
    }
  }
}

class Resolver {
  readonly #unpacking: Unpacking;
  /** Where symlinks lead, by their paths; undefined while one is followed, and for good if it leads nowhere. */
  readonly #resolved = new Map<string, Place | undefined>();
  /** The symlink that is checked, which errors are about. */
  #checked: { path: string; target: string } = { path: '', target: '' };

  constructor(unpacking: Unpacking) {
    this.#unpacking = unpacking;
  }

  /** Follows a symlink; each is followed once, however many lead through it. */
  async check(link: Link, target: string): Promise<void> {
    checkLinkTarget(link.path, target);
    if (this.#resolved.has(link.path)) return;
    this.#checked = { path: link.path, target };
    // A list and not recursion: a chain may be longer than calls can be deep.
    const walks = [this.#follow(link, target)];
    for (let walk = walks.at(-1); walk; walk = walks.at(-1)) {
      const through = await this.#step(walk);
      if (through) {
        const { place, linkTarget } = through;
        if (!this.#resolved.has(place.path)) walks.push(this.#follow(place, linkTarget));
        else {
          const known = this.#resolved.get(place.path);
          // In a circle, or into one: so is everything that led here.
          if (!known) return;
          walk.place = known;
        }
      } else if (walk.rest.length === 0) {
        this.#resolved.set(walk.link.path, walk.place);
        walks.pop();
        const before = walks.at(-1);
        if (before) before.place = walk.place;
      }
    }
  }

  #follow(link: Link, target: string): Walk {
    if (/^\/|\\|^[A-Za-z]:/.test(target)) throw this.#refused('it is absolute, or has a backslash');
    this.#resolved.set(link.path, undefined);
    return { link, place: link.up, rest: target.split('/').reverse() };
  }

  /** Follows the next part of a target; returns the symlink that is there, if it is one. */
  async #step(walk: Walk): Promise<{ place: Link; linkTarget: string } | undefined> {
    const part = walk.rest.pop();
    if (part === undefined || part === '' || part === '.') return undefined;
    if (part === '..') {
      if (!walk.place.up) throw this.#refused('it leads outside of its directory');
      walk.place = walk.place.up;
      return undefined;
    }
    const { place, linkTarget } = await this.#below(walk.place, part);
    if (linkTarget !== undefined) return { place, linkTarget };
    walk.place = place;
    return undefined;
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
