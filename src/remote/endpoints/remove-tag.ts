import { randomHex } from '../../bytes/random.ts';
import { isOrasError } from '../../errors.ts';
import { describe } from '../../oci/descriptor.ts';
import { mediaTypes } from '../../oci/media-types.ts';
import { checkTag } from '../../oci/reference.ts';
import type { AbortOptions } from '../../options.ts';
import { isCallers } from '../../target/callers.ts';
import type { ReferencedManifest } from '../../target/target.ts';
import { answerError } from '../answers/error-response.ts';
import type { Connection } from '../connection/connection.ts';
import { Persistence } from '../http/persistence.ts';
import { manifestUrl, nameOf } from './manifest-answer.ts';
import { putManifest } from './manifest-push.ts';
import { fetchManifestByReference, manifestExists } from './manifests.ts';
import { sendDelete } from './send-delete.ts';

/**
 * Removes a tag alone: its manifest and other tags of that stay. Where the registry cannot delete a tag
 * (distribution-spec, end-9), the tag is moved to a manifest that nothing else refers to, and that is deleted.
 *
 * @throws NotFoundError when there is no such tag
 * @throws UnsupportedError when the registry deletes neither tags nor manifests; the tag is unchanged
 * @throws RegistryError when the registry deleted the manifest, too; it is stored again, but other tags of it are lost
 */
export async function removeTag(connection: Connection, tag: string, { signal }: AbortOptions = {}): Promise<void> {
  checkTag(tag);
  const removed = await fetchManifestByReference(connection, tag, { signal });
  const name = nameOf(connection, tag);
  const url = manifestUrl(connection, tag);
  try {
    await sendDelete(connection, url, { what: `Cannot remove ${name}`, missing: name, kind: 'tags', signal });
  } catch (error) {
    if (isCallers(error) || !isOrasError(error, 'UNSUPPORTED')) throw error;
    await deleteInstead(connection, tag, removed, { signal });
  }
  const { bytes, descriptor } = removed;
  if (await manifestExists(connection, descriptor, { signal })) return;
  await putManifest(connection, descriptor, bytes, descriptor.digest, { signal });
  const what = `${name} is removed, but the registry deleted its manifest with it`;
  throw answerError(`${what}; that is stored again, without other tags it may have had`, 404, url, 'DELETE');
}

/** Moves the tag to a manifest of its own, and deletes that. If it fails, the tag is moved back. */
async function deleteInstead(
  connection: Connection,
  tag: string,
  { bytes, descriptor }: ReferencedManifest,
  { signal }: AbortOptions,
): Promise<void> {
  // An index, as it needs no other content; the random annotation gives it a digest that nothing else has.
  const index = {
    schemaVersion: 2,
    mediaType: mediaTypes.index,
    manifests: [],
    annotations: { random: randomHex(16) },
  };
  const own = new TextEncoder().encode(JSON.stringify(index));
  const replacement = describe(mediaTypes.index, own);
  const { digest } = replacement;
  const what = `Cannot remove ${nameOf(connection, tag)}`;
  const remove = (): Promise<void> =>
    sendDelete(connection, manifestUrl(connection, digest), { what, missing: digest, kind: 'manifests', signal });
  // It is not there yet: this only finds out whether the registry deletes manifests, before the tag is moved.
  await remove().catch(unlessNotFound);
  const persistence = new Persistence(connection.options.settings.retry, signal);
  try {
    await putManifest(connection, replacement, own, tag, { signal });
    for (;;) {
      const missing = await remove().catch(unlessNotFound);
      if (!missing) return;
      // For a moment, some registries do not find new content.
      await persistence.again(missing);
    }
  } catch (error) {
    // Without the signal: also after an abort, the tag must not stay at the other manifest.
    await putManifest(connection, descriptor, bytes, tag).catch(() => {});
    throw error;
  }
}

function unlessNotFound(error: unknown): unknown {
  if (isCallers(error) || !isOrasError(error, 'NOT_FOUND')) throw error;
  return error;
}
