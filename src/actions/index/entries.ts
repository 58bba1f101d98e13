import { defaultConcurrency, mapConcurrent } from '../../concurrency.ts';
import { InvalidManifestError } from '../../errors.ts';
import { readJson } from '../../json/json.ts';
import { shown } from '../../json/values.ts';
import { isImageConfigType, isIndexType, isManifestType } from '../../oci/media-types.ts';
import { isPlatform } from '../../oci/platform.ts';
import { imagePlatform } from '../../oci/schemas/image-config.ts';
import type { TransferOptions } from '../../options.ts';
import { checkReference } from '../../target/arguments.ts';
import { fetchBytes, fetchManifest } from '../../target/content.ts';
import type { ReadOnlyTarget } from '../../target/target.ts';
import type { Descriptor, Platform } from '../../types.ts';
import { checkDescriptor } from '../push/pack.ts';

/**
 * The entries of an index for manifests of the target, in the same order. A tag or a digest gives media type, digest and
 * size; a descriptor is used as it is. If an entry has no platform and its manifest is an image, it gets the platform of
 * the image's config.
 */
export async function entriesOf(
  target: ReadOnlyTarget,
  manifests: readonly (string | Descriptor)[],
  { signal, concurrency = defaultConcurrency }: TransferOptions,
): Promise<Descriptor[]> {
  if (!Array.isArray(manifests)) throw new TypeError(`manifests must be a list, not ${shown(manifests)}`);
  for (const [i, manifest] of manifests.entries()) {
    checkReference(manifest);
    if (typeof manifest === 'object') checkEntry(manifest, i);
  }
  // The same manifest may be listed often; it is fetched once.
  const found = new Map<string, Promise<Descriptor>>();
  return mapConcurrent(manifests, concurrency, signal, (manifest, stop) => {
    const key = typeof manifest === 'string' ? manifest : JSON.stringify(manifest);
    const entry = found.get(key) ?? entryOf(target, manifest, stop);
    found.set(key, entry);
    return entry;
  });
}

function checkEntry(entry: Descriptor, i: number): void {
  checkDescriptor(entry, `manifests[${i}]`, `manifest ${i + 1}`);
  if (entry.platform === undefined || isPlatform(entry.platform)) return;
  throw new InvalidManifestError(`The index cannot be made: manifests[${i}].platform is not a platform`);
}

async function entryOf(
  target: ReadOnlyTarget,
  manifest: string | Descriptor,
  signal: AbortSignal,
): Promise<Descriptor> {
  const given = typeof manifest === 'string' ? await target.resolve(manifest, { signal }) : manifest;
  const { mediaType, digest, size } = given;
  const entry = typeof manifest === 'string' ? { mediaType, digest, size } : { ...manifest };
  if (!isManifestType(mediaType) && !isIndexType(mediaType)) {
    throw new InvalidManifestError(`${digest} is no manifest but ${mediaType}: an index cannot list it`);
  }
  if (entry.platform !== undefined || isIndexType(mediaType)) return entry;
  const platform = await platformIn(target, given, signal);
  return { ...entry, ...(platform && { platform }) };
}

/** The platform of an image; undefined for other artifacts, and if its config names none. */
async function platformIn(
  target: ReadOnlyTarget,
  descriptor: Descriptor,
  signal: AbortSignal,
): Promise<Platform | undefined> {
  const found = await fetchManifest(target, descriptor, { signal });
  if (found.kind === 'index' || !isImageConfigType(found.manifest.config.mediaType)) return undefined;
  const config = readJson(await fetchBytes(target, found.manifest.config, { signal }), imagePlatform).value;
  if (!config) return undefined;
  const { architecture, os, variant, 'os.version': version, 'os.features': features } = config;
  return {
    architecture,
    os,
    ...(version && { 'os.version': version }),
    ...(features?.length && { 'os.features': features }),
    ...(variant && { variant }),
  };
}
