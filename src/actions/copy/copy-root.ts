import { isOrasError, NotFoundError } from '../../errors.ts';
import { describe } from '../../oci/descriptor.ts';
import { isPlatform, matchesPlatform, platformName, platformNames, platformOf } from '../../oci/platform.ts';
import { serializeIndex } from '../../oci/serialize.ts';
import type { AbortOptions } from '../../options.ts';
import { ofCaller } from '../../target/callers.ts';
import { type FetchedManifest, fetchManifest } from '../../target/content.ts';
import type { ReadOnlyTarget } from '../../target/target.ts';
import type { Descriptor, Platform } from '../../types.ts';
import { inspect } from '../inspect.ts';
import type { RootOptions } from './options.ts';

/** What is copied with everything that it refers to. */
export interface Root {
  descriptor: Descriptor;
  /** Its bytes, if they are known. */
  bytes?: Uint8Array | undefined;
  /** What is copied of its content. Default: everything. */
  content?: Descriptor[] | undefined;
}

/** Whether a copy may store another root than the one that a reference names. */
export function isChosen({ platform, platforms, mapRoot }: RootOptions): boolean {
  return platform !== undefined || platforms !== undefined || mapRoot !== undefined;
}

/**
 * Finds what to copy.
 *
 * @throws NotFoundError when there is no manifest for a platform
 * @throws UnsupportedError when a platform is given for what is neither an index nor an image
 * @throws CopyError when the source fails
 */
export async function findRoot(
  source: ReadOnlyTarget,
  reference: string,
  options: RootOptions & AbortOptions,
): Promise<Root> {
  const { mapRoot, platform, platforms, signal } = options;
  if (platform !== undefined) return mapped(await inspect(source, reference, { platform, signal }), source, mapRoot);
  const root = platforms
    ? await onlyFor(platforms.map(platformOf), source, reference, options)
    : await resolved(source, reference, { signal });
  return mapped(root, source, mapRoot);
}

async function resolved(source: ReadOnlyTarget, reference: string, options: AbortOptions): Promise<Root> {
  // One GET instead of a HEAD and a GET.
  if (source.fetchReference) return source.fetchReference(reference, options);
  return { descriptor: await source.resolve(reference, options) };
}

async function mapped(root: Root, source: ReadOnlyTarget, mapRoot: RootOptions['mapRoot']): Promise<Root> {
  const descriptor = mapRoot ? await ofCaller(() => mapRoot(root.descriptor, source)) : root.descriptor;
  return descriptor.digest === root.descriptor.digest ? root : { descriptor };
}

async function onlyFor(
  platforms: readonly Platform[],
  source: ReadOnlyTarget,
  reference: string,
  { index, signal }: RootOptions & AbortOptions,
): Promise<Root> {
  const found = await fetchManifest(source, reference, { signal });
  if (found.kind === 'manifest') return forOneOf(platforms, source, found, signal);
  const entries = selected(found.index.manifests, platforms);
  if (index === 'keep') return { ...found, content: entries };
  const bytes = serializeIndex({ ...found.index, manifests: entries });
  const { mediaType } = found.descriptor;
  return { descriptor: describe(mediaType, bytes), bytes };
}

/** An image without an index, when it is for one of the platforms. */
async function forOneOf(
  platforms: readonly Platform[],
  source: ReadOnlyTarget,
  found: FetchedManifest,
  signal: AbortSignal | undefined,
): Promise<Root> {
  let missing: unknown;
  for (const platform of platforms) {
    try {
      return await inspect(source, found.descriptor, { platform, signal });
    } catch (error) {
      if (!isOrasError(error, 'NOT_FOUND')) throw error;
      missing = error;
    }
  }
  throw missing;
}

/**
 * The entries of an index for these platforms, and the attestations of these entries, in the order of the index.
 *
 * @throws NotFoundError when there is none for one of the platforms
 */
function selected(entries: readonly Descriptor[], platforms: readonly Platform[]): Descriptor[] {
  const chosen = new Set<Descriptor>();
  for (const wanted of platforms) {
    const matching = entries.filter(({ platform }) => isPlatform(platform) && matchesPlatform(wanted, platform));
    if (matching.length === 0) {
      const name = platformName(wanted);
      throw new NotFoundError(
        `The index has no manifest for ${name}: there is ${platformNames(entries) || 'none'}`,
        name,
      );
    }
    for (const entry of matching) chosen.add(entry);
  }
  const digests = new Set([...chosen].map(({ digest }) => digest));
  // BuildKit's attestations name the manifest they are about.
  const isAbout = ({ annotations }: Descriptor): boolean =>
    digests.has(annotations?.['vnd.docker.reference.digest'] ?? '');
  return entries.filter((entry) => chosen.has(entry) || isAbout(entry));
}
