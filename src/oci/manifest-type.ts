import { UnsupportedError } from '../errors.ts';
import { isObject } from '../json/values.ts';
import {
  dockerSchema1,
  isIndexType,
  isManifestType,
  mediaTypes,
  saysWhatItIs,
  withoutParameters,
} from './media-types.ts';

/** What a manifest calls itself, where that says something. */
export function ownType({ mediaType }: Record<string, unknown>): string | undefined {
  return typeof mediaType === 'string' && saysWhatItIs(mediaType) ? withoutParameters(mediaType) : undefined;
}

/** What a manifest is that does not call itself anything: only OCI's types and Docker's schema 1 may leave that out. */
export function impliedType({
  schemaVersion,
  fsLayers,
  manifests,
  config,
}: Record<string, unknown>): string | undefined {
  if (schemaVersion === 1 && Array.isArray(fsLayers)) return dockerSchema1;
  if (Array.isArray(manifests)) return mediaTypes.index;
  return isObject(config) ? mediaTypes.manifest : undefined;
}

/** Refuses content of a type that is known, and not read here.
 *
 * @throws UnsupportedError when there is such a type
 */
export function requireReadable(mediaType: string): void {
  if (!saysWhatItIs(mediaType) || isManifestType(mediaType) || isIndexType(mediaType)) return;
  const type = withoutParameters(mediaType);
  throw new UnsupportedError(
    `Manifests of type ${type} cannot be read, only those of OCI and of Docker's schema 2; their bytes can be fetched`,
    `manifests of type ${type}`,
  );
}
