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

/** The manifest's own `mediaType`, without parameters; undefined when it is missing or generic. */
export function ownType({ mediaType }: Record<string, unknown>): string | undefined {
  return typeof mediaType === 'string' && saysWhatItIs(mediaType) ? withoutParameters(mediaType) : undefined;
}

/** The media type implied by a manifest's fields; only OCI manifests and Docker's schema 1 may have no `mediaType`. */
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

/** Checks that this package can parse manifests of a media type; missing and generic types pass.
 *
 * @throws UnsupportedError when it cannot
 */
export function requireReadable(mediaType: string): void {
  if (!saysWhatItIs(mediaType) || isManifestType(mediaType) || isIndexType(mediaType)) return;
  const type = withoutParameters(mediaType);
  throw new UnsupportedError(
    `Manifests of type ${type} cannot be read, only those of OCI and of Docker's schema 2; their bytes can be fetched`,
    `manifests of type ${type}`,
  );
}
