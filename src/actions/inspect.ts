import { NotFoundError, UnsupportedError } from '../errors.ts';
import { readJson } from '../json/json.ts';
import { readOf } from '../oci/manifest.ts';
import { isImageConfigType } from '../oci/media-types.ts';
import { matchesPlatform, platformName, platformNames, platformOf, selectPlatform } from '../oci/platform.ts';
import { imagePlatform } from '../oci/schemas/image-config.ts';
import type { AbortOptions, WarningOptions } from '../options.ts';
import { checkOptions, checkReference, checkTarget } from '../target/arguments.ts';
import { type FetchedManifest, fetchBytes, fetchManifest } from '../target/content.ts';
import type { ReadOnlyTarget } from '../target/target.ts';
import type { Descriptor, Platform } from '../types.ts';

/** Options of {@link inspect}. */
export interface InspectOptions extends AbortOptions, WarningOptions {
  /**
   * Which manifest of an index to look at, as in `linux/amd64`; what is no index must be for it, as its config says.
   * Default: the index itself.
   */
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
 * @throws InvalidReferenceError when the platform is none, before anything is asked
 * @throws NotFoundError when there is none, or none for the platform
 * @throws UnsupportedError when it is of a type that is not read, with the name of the type, or when a platform is asked
 *   of what is no index and no image
 * @throws TypeError when an argument is of a wrong type, before anything is asked
 */
export async function inspect(
  target: ReadOnlyTarget,
  reference: string | Descriptor,
  options: InspectOptions = {},
): Promise<FetchedManifest> {
  checkTarget(target, 'pull');
  checkReference(reference);
  checkOptions(options);
  const wanted = options.platform === undefined ? undefined : platformOf(options.platform);
  let found = await fetchManifest(target, reference, options);
  if (!wanted) return found;
  if (found.kind === 'manifest') await checkConfig(target, found, wanted, options);
  // An index may list further indexes (image-spec, image-index.md), but not for ever.
  for (let depth = 0; found.kind === 'index' && depth < deepest; depth++) {
    found = await fetchManifest(target, entryFor(found.index.manifests, wanted), options);
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
  const names = platformNames(manifests);
  throw new UnsupportedError(
    `${found.descriptor.digest} is an index of ${manifests.length} manifests: choose one by its digest` +
      (names ? `, or by the platform option (${names})` : ''),
    'an index where a manifest is needed',
  );
}

function entryFor(entries: readonly Descriptor[], wanted: Platform): Descriptor {
  const entry = selectPlatform(entries, wanted);
  if (entry) return entry;
  const name = platformName(wanted);
  const names = platformNames(entries);
  const what = names ? `there is ${names}` : 'its entries have no platforms';
  throw new NotFoundError(`The index has no manifest for ${name}: ${what}`, name);
}

/** An image says in its config what it runs on (image-spec, config.md). */
async function checkConfig(
  target: ReadOnlyTarget,
  { descriptor, manifest: { config } }: InspectedManifest,
  wanted: Platform,
  options: AbortOptions,
): Promise<void> {
  const name = platformName(wanted);
  if (!isImageConfigType(config.mediaType)) {
    throw new UnsupportedError(
      `${descriptor.digest} cannot be compared with ${name}: its config is no image config but ${config.mediaType}`,
      'the platform of what is no image',
    );
  }
  const bytes = await fetchBytes(target, config, { signal: options.signal });
  const platform = readOf(readJson(bytes, imagePlatform), `The config of ${descriptor.digest}`);
  if (platform && matchesPlatform(wanted, platform)) return;
  const own = platform ? `it is for ${platformName(platform)}` : 'its config names no platform';
  throw new NotFoundError(`${descriptor.digest} is not for ${name}: ${own}`, name);
}
