import { NotFoundError, UnsupportedError } from '../errors.ts';
import { parsePlatform, selectPlatform } from '../oci/platform.ts';
import type { AbortOptions } from '../options.ts';
import { type FetchedManifest, fetchManifest } from '../target/content.ts';
import type { ReadOnlyTarget } from '../target/target.ts';
import type { Descriptor, Platform } from '../types.ts';

/** Options of {@link inspect}. */
export interface InspectOptions extends AbortOptions {
  /** Which manifest of an index to look at, as in `linux/amd64`. Default: the index itself. */
  platform?: Platform | string | undefined;
}

/** How many indexes are followed at most. */
const deepest = 4;

/** A manifest that is no index, with its descriptor and its exact bytes. */
export type InspectedManifest = Extract<FetchedManifest, { kind: 'manifest' }>;

/**
 * A manifest or an index: what it says, its descriptor, and its exact bytes. Only `manifest` or `index` is there, as
 * `kind` says.
 *
 * @throws NotFoundError when there is none, or none for the platform
 */
export async function inspect(
  target: ReadOnlyTarget,
  reference: string | Descriptor,
  options: InspectOptions = {},
): Promise<FetchedManifest> {
  let found = await fetchManifest(target, reference, options);
  if (options.platform === undefined) return found;
  // An index may list further indexes (image-spec, image-index.md), but not for ever.
  for (let depth = 0; found.kind === 'index' && depth < deepest; depth++) {
    found = await fetchManifest(target, entryFor(found.index.manifests, options.platform), options);
  }
  return found;
}

/**
 * The one manifest a reference leads to, an index being followed by platform.
 *
 * @throws UnsupportedError when it is an index and no platform is given
 */
export async function inspectManifest(
  target: ReadOnlyTarget,
  reference: string | Descriptor,
  options: InspectOptions = {},
): Promise<InspectedManifest> {
  const found = await inspect(target, reference, options);
  if (found.kind === 'manifest') return found;
  const { manifests } = found.index;
  const platforms = manifests.flatMap(({ platform }) => (platform ? [nameOf(platform)] : []));
  throw new UnsupportedError(
    `${found.descriptor.digest} is an index of ${manifests.length} manifests: choose one by its digest` +
      (platforms.length > 0 ? `, or by the platform option (${platforms.join(', ')})` : ''),
    'an index where a manifest is needed',
  );
}

function entryFor(entries: readonly Descriptor[], platform: Platform | string): Descriptor {
  const wanted = typeof platform === 'string' ? parsePlatform(platform) : platform;
  const entry = selectPlatform(entries, wanted);
  if (entry) return entry;
  throw new NotFoundError(`The index has no manifest for ${nameOf(wanted)}`, nameOf(wanted));
}

function nameOf({ os, architecture, variant }: Platform): string {
  return [os, architecture, variant].filter(Boolean).join('/');
}
