import { readAll } from '../../bytes/streams.ts';
import { isOrasError } from '../../errors.ts';
import { maxManifestSize } from '../../oci/manifest.ts';
import { checkTags } from '../../oci/reference.ts';
import type { AbortOptions } from '../../options.ts';
import { isCallers } from '../../target/callers.ts';
import type { Descriptor } from '../../types.ts';
import type { Connection } from '../connection/connection.ts';
import { putManifest } from './manifest-push.ts';
import { openManifest } from './manifests.ts';

/** As many tags as every registry takes that takes any (distribution-spec, "Pushing Manifests"). */
const tagsAtOnce = 10;
/**
 * From so many tags on it is tried whether the registry takes them at once: where it does not, that is one request more
 * than without trying.
 */
const worthTrying = 3;

/**
 * Stores a manifest under its digest, or under these tags, and returns the first response. Several tags need one
 * request where the registry takes them as parameters (distribution-spec, end-7b), else one each. Whether it does is
 * found out with the first three tags or more.
 *
 * @throws MismatchError or NotARegistryError as {@link putManifest}
 */
export async function putWithTags(
  connection: Connection,
  descriptor: Descriptor,
  bytes: Uint8Array,
  tags: readonly string[],
  { signal }: AbortOptions = {},
): Promise<Response> {
  const { capabilities } = connection;
  // Under a tag, a registry computes the digest itself, with sha256.
  const needsDigest = tags.length === 0 || !descriptor.digest.startsWith('sha256:');
  let answer: Response | undefined;
  const left: string[] = [];
  for (let at = 0; at < tags.length; at += tagsAtOnce) {
    const some = tags.slice(at, at + tagsAtOnce);
    const { takesTags = needsDigest || some.length >= worthTrying } = capabilities;
    const isAtOnce = takesTags && (needsDigest || some.length > 1);
    const response = isAtOnce ? await putAtOnce(connection, descriptor, bytes, some, signal) : undefined;
    answer ??= response;
    const taken = new Set(
      response?.headers
        .get('oci-tag')
        ?.split(',')
        .map((tag) => tag.trim()),
    );
    if (response) capabilities.takesTags = taken.size > 0;
    left.push(...some.filter((tag) => !taken.has(tag)));
  }
  if (needsDigest) answer ??= await putManifest(connection, descriptor, bytes, descriptor.digest, { signal });
  for (const tag of left) {
    const response = await putManifest(connection, descriptor, bytes, tag, { signal });
    answer ??= response;
  }
  return answer as Response;
}

/**
 * Sets tags to a manifest of the repository, by storing it again.
 *
 * @throws InvalidReferenceError when a tag breaks the grammar, or there is none; nothing is sent then
 * @throws NotFoundError when the manifest does not exist
 */
export async function tagManifest(
  connection: Connection,
  descriptor: Descriptor,
  tags: readonly string[],
  options: AbortOptions = {},
): Promise<void> {
  checkTags(tags);
  const stream = await openManifest(connection, descriptor, options);
  await putWithTags(connection, descriptor, await readAll(stream, maxManifestSize, options.signal), tags, options);
}

/** Undefined when the registry refuses that many parameters. */
async function putAtOnce(
  connection: Connection,
  descriptor: Descriptor,
  bytes: Uint8Array,
  tags: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Response | undefined> {
  try {
    return await putManifest(connection, descriptor, bytes, descriptor.digest, { tags, signal });
  } catch (error) {
    const isTooLong = !isCallers(error) && isOrasError(error, 'REGISTRY') && [414, 431].includes(error.status);
    if (!isTooLong) throw error;
    connection.capabilities.takesTags = false;
    return undefined;
  }
}
