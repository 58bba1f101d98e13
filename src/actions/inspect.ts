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
   * Platform to select from an index, as in `linux/amd64`; if it is not an index, its config must be for this platform.
   * Default: none, the index itself is returned.
   */
  platform?: Platform | string | undefined;
}

/** Most indexes to follow. */
const deepest = 4;

/** A manifest (not an index), with its descriptor and its exact bytes. */
export type InspectedManifest = Extract<FetchedManifest, { kind: 'manifest' }>;

/**
 * Fetches a manifest or an index: parsed, with its descriptor and its exact bytes. `kind` tells which of `manifest` and
 * `index` is set.
 *
 * @throws InvalidReferenceError before anything is requested, when the platform is invalid
 * @throws NotFoundError when it does not exist, or there is none for the platform
 * @throws UnsupportedError when this package cannot parse its type, or a platform is given for an artifact that is
 *   neither an index nor an image
 * @throws TypeError before anything is requested, when an argument has the wrong type
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
  // An index may contain further indexes (image-spec, image-index.md), but the depth is limited.
  for (let depth = 0; found.kind === 'index' && depth < deepest; depth++) {
    found = await fetchManifest(target, entryFor(found.index.manifests, wanted), options);
  }
  return found;
}

/**
 * Fetches the manifest of a reference; from an index, the manifest for `platform` is selected.
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

/** Checks the platform of an image, which is in its config (image-spec, config.md). */
async function checkConfig(
  target: ReadOnlyTarget,
  { descriptor, manifest: { config } }: InspectedManifest,
  wanted: Platform,
  options: AbortOptions,
): Promise<void> {
  const name = platformName(wanted);
  if (!isImageConfigType(config.mediaType)) {
    throw new UnsupportedError(
      `${descriptor.digest} cannot be compared with ${name}: its config is not an image config but ${config.mediaType}`,
      'the platform of an artifact that is not an image',
    );
  }
  const bytes = await fetchBytes(target, config, { signal: options.signal });
  const platform = readOf(readJson(bytes, imagePlatform), `The config of ${descriptor.digest}`);
  if (platform && matchesPlatform(wanted, platform)) return;
  const own = platform ? `it is for ${platformName(platform)}` : 'its config names no platform';
  throw new NotFoundError(`${descriptor.digest} is not for ${name}: ${own}`, name);
}
