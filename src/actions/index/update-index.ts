import { blobOf } from '../../bytes/streams.ts';
import { InvalidManifestError, NotFoundError } from '../../errors.ts';
import { checkAnnotations } from '../../oci/annotations.ts';
import { isDigest } from '../../oci/digest.ts';
import { isPlatform, matchesPlatform, platformName, platformOf } from '../../oci/platform.ts';
import { serializeIndex } from '../../oci/serialize.ts';
import type { WarningOptions } from '../../options.ts';
import { checkOptions, checkReference, checkTarget } from '../../target/arguments.ts';
import { fetchManifest } from '../../target/content.ts';
import { listening } from '../../target/listening.ts';
import { pushWithTags } from '../../target/push-with-tags.ts';
import type { Target } from '../../target/target.ts';
import type { UploadOptions } from '../../target/upload-options.ts';
import type { Annotations, Descriptor, Index, Platform } from '../../types.ts';
import { tagsOf } from '../push/store.ts';
import { entriesOf } from './entries.ts';
import { type PackedIndex, storeIndex } from './pack-index.ts';

/** Options of {@link updateIndex}. */
export interface UpdateIndexOptions extends UploadOptions, WarningOptions {
  /**
   * Manifests to add at the end, each by tag, by digest, or as a descriptor. An entry with the same digest and platform is
   * replaced. Default: none.
   */
  add?: readonly (string | Descriptor)[] | undefined;
  /**
   * What to remove before anything is added: by digest, by descriptor, or by platform, as in `linux/arm64`, which removes
   * all entries that match it. Default: nothing.
   */
  remove?: readonly (string | Platform | Pick<Descriptor, 'digest'>)[] | undefined;
  /** Annotations to set; one that is undefined is removed. Others are kept. Default: none. */
  annotations?: Readonly<Record<string, string | undefined>> | undefined;
  /**
   * Tags of the changed index; undefined ones are ignored. Default: the tag it was found by, if it was. Other tags keep the
   * former index.
   */
  tags?: readonly (string | undefined)[] | undefined;
}

/**
 * Changes an index: adds and removes manifests, sets annotations, and pushes the result under a new digest. Everything else
 * in the index is kept, also fields that are not in the image-spec. Without a change, the bytes stay as they are.
 *
 * @example
 * import { updateIndex } from 'oras-js';
 *
 * const repository = registry.repository('localhost:5000/org/app');
 * await updateIndex(repository, 'v1', { add: ['v1-riscv64'], remove: ['linux/arm/v6'] });
 *
 * @throws NotFoundError when the index, a manifest to add, or an entry to remove does not exist; nothing is stored then
 * @throws InvalidManifestError when it is not an index, or breaks the image-spec; nothing is stored then
 * @throws InvalidReferenceError when a tag or a platform breaks the grammar; nothing is stored then
 * @throws TooLargeError when the changed index is larger than 4 MiB; nothing is stored then
 * @throws ReferrersError when it is stored, but cannot be listed as a referrer of its subject
 * @throws TypeError when the target or an option has the wrong type; nothing is stored then
 */
export async function updateIndex(
  target: Target,
  reference: string | Descriptor,
  options: UpdateIndexOptions = {},
): Promise<PackedIndex> {
  checkTarget(target, 'push');
  checkReference(reference);
  checkOptions(options);
  const { add = [], remove = [], annotations = {} } = options;
  const isByTag = typeof reference === 'string' && !isDigest(reference);
  const tags = tagsOf(options.tags ?? (isByTag ? [reference] : []));
  const removals = remove.map(removalOf);
  checkAnnotations(withoutUnset(annotations), 'the index');
  return listening(options, async (heard) => {
    const found = await fetchManifest(target, reference, { signal: heard.signal, onWarning: heard.onWarning });
    if (found.kind !== 'index') throw new InvalidManifestError(`${found.descriptor.digest} is not an index`);
    const remaining = removals.reduce(without, found.index.manifests);
    const added = await entriesOf(target, add, heard);
    const changed: Index = { ...found.index, manifests: added.reduce(withEntry, [...remaining]) };
    if (Object.keys(annotations).length > 0) {
      const merged = withoutUnset({ ...found.index.annotations, ...annotations });
      changed.annotations = Object.keys(merged).length > 0 ? merged : undefined;
    }
    if (textOf(changed) !== textOf(found.index)) return storeIndex(target, changed, tags, heard);
    const { descriptor, bytes, index } = found;
    await pushWithTags(target, descriptor, blobOf(bytes), tags, heard);
    return { descriptor, index, bytes };
  });
}

function textOf(index: Index): string {
  return new TextDecoder().decode(serializeIndex(index));
}

/** What to remove: a name for messages, and whether it is an entry. */
interface Removal {
  name: string;
  matches(entry: Descriptor): boolean;
}

function removalOf(item: string | Platform | Pick<Descriptor, 'digest'>): Removal {
  const digest = typeof item === 'object' && item !== null && 'digest' in item ? item.digest : item;
  if (typeof digest === 'string' && isDigest(digest)) {
    return { name: digest, matches: (entry) => entry.digest === digest };
  }
  const wanted = platformOf(item as string | Platform);
  return {
    name: platformName(wanted),
    matches: ({ platform }) => isPlatform(platform) && matchesPlatform(wanted, platform),
  };
}

function without(entries: Descriptor[], { name, matches }: Removal): Descriptor[] {
  const others = entries.filter((entry) => !matches(entry));
  if (others.length < entries.length) return others;
  throw new NotFoundError(`The index has no ${name} to remove`, name);
}

function withEntry(entries: Descriptor[], added: Descriptor): Descriptor[] {
  const same = entries.findIndex(({ digest, platform }) => {
    const name = platform && platformName(platform);
    return digest === added.digest && name === (added.platform && platformName(added.platform));
  });
  if (same === -1) entries.push(added);
  else entries[same] = added;
  return entries;
}

function withoutUnset(annotations: Readonly<Record<string, string | undefined>>): Annotations {
  return Object.fromEntries(
    Object.entries(annotations).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
