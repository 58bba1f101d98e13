import { UnsupportedError } from '../errors.ts';
import { readJson } from '../json/json.ts';
import { readOf } from '../oci/manifest.ts';
import { isImageConfigType } from '../oci/media-types.ts';
import { imageConfigSchema } from '../oci/schemas/image-config.ts';
import { checkOptions, checkReference, checkTarget } from '../target/arguments.ts';
import { fetchBytes } from '../target/content.ts';
import { listening } from '../target/listening.ts';
import type { ReadOnlyTarget } from '../target/target.ts';
import type { Descriptor, ImageConfig } from '../types.ts';
import { type InspectOptions, inspectManifest } from './inspect.ts';

/**
 * Fetches the config of an image (image-spec, config.md): its platform, command, environment, labels and history. From an
 * index, the image for `platform` is selected. An optional field with an invalid value is left out with a warning; unknown
 * fields are kept.
 *
 * @example
 * import { imageConfig } from 'oras-js';
 *
 * const repository = registry.repository('localhost:5000/org/app');
 * const { config } = await imageConfig(repository, 'v1', { platform: 'linux/amd64' });
 * console.log(config?.Env);
 *
 * @throws NotFoundError when it does not exist, or there is none for the platform
 * @throws UnsupportedError when it is an index and no platform is given, or an artifact that is not an image
 * @throws InvalidManifestError when the config is not JSON, or lacks its platform or its list of layers
 * @throws TooLargeError when the config is larger than 4 MiB
 * @throws MismatchError when the config does not match its digest
 * @throws InvalidReferenceError before anything is requested, when the platform is invalid
 */
export async function imageConfig(
  target: ReadOnlyTarget,
  reference: string | Descriptor,
  options: InspectOptions = {},
): Promise<ImageConfig> {
  checkTarget(target, 'pull');
  checkReference(reference);
  checkOptions(options);
  return listening(options, async (heard) => {
    const { descriptor, manifest } = await inspectManifest(target, reference, heard);
    const { config } = manifest;
    if (!isImageConfigType(config.mediaType)) {
      throw new UnsupportedError(
        `${descriptor.digest} is not an image: its config is ${config.mediaType}`,
        'the image config of an artifact that is not an image',
      );
    }
    const bytes = await fetchBytes(target, config, { signal: heard.signal });
    const onFault = (fault: string): void =>
      heard.onWarning?.({ host: '', text: `the config of ${descriptor.digest}: ${fault}` });
    return readOf(readJson(bytes, imageConfigSchema, { onFault }), `The config of ${descriptor.digest}`);
  });
}
