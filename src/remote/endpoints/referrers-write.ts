import { aborted } from '../../aborts.ts';
import { KeyedSerial } from '../../concurrency.ts';
import { isOrasError, type RegistryError, TooLargeError } from '../../errors.ts';
import { describe } from '../../oci/descriptor.ts';
import { maxManifestSize } from '../../oci/manifest.ts';
import { mediaTypes } from '../../oci/media-types.ts';
import { referrersTag } from '../../oci/referrers.ts';
import type { AbortOptions } from '../../options.ts';
import type { Digest } from '../../types.ts';
import { answerError } from '../answers/error-response.ts';
import type { Connection } from '../connection/connection.ts';
import { delay } from '../http/backoff.ts';
import { Persistence } from '../http/persistence.ts';
import { manifestUrl, nameOf } from './manifest-answer.ts';
import { putManifest } from './manifest-push.ts';
import { type ReferrersIndex, readReferrersIndex } from './referrers-index.ts';

/** Changes of one index run one after the other, because each is a read-modify-write of the whole. */
const updates = new KeyedSerial();
/** Maximum wait before an index is read back, in milliseconds. */
const maxReadBackDelay = 2_000;

/** The entries that an index must have instead of its own; undefined when it needs no change. */
export type ReferrersChange = (index: ReferrersIndex | undefined) => Record<string, unknown>[] | undefined;

/**
 * Changes the index under the referrers tag of a subject. It is read back afterwards, and changed again if another
 * program replaced it at the same time, so `change` may be called more than once.
 *
 * @throws OrasError when the index cannot be read or written, or is overwritten again and again
 */
export async function changeReferrersIndex(
  connection: Connection,
  subject: Digest,
  options: AbortOptions,
  change: ReferrersChange,
): Promise<void> {
  const { signal } = options;
  const update = updates.run(manifestUrl(connection, referrersTag(subject)), async () => {
    const persistence = new Persistence(connection.options.settings.retry, signal);
    for (let isAgain = false; ; isAgain = true) {
      const started = performance.now();
      const index = await readReferrersIndex(connection, subject, { signal, access: 'push' });
      const manifests = change(index);
      if (!index || !manifests) return;
      if (isAgain) {
        await persistence.again(indexProblem(connection, subject, 'is overwritten by other programs again and again'));
      }
      await writeIndex(connection, subject, index, manifests, { signal });
      // A program that read the index before this write overwrites it within about the time that this took.
      await delay(Math.min(performance.now() - started, maxReadBackDelay), signal);
    }
  });
  // An abort also ends the wait for earlier changes.
  await aborted(update, signal);
}

/** The error for an index of referrers that cannot be changed; `why` completes the sentence. */
export function indexProblem(connection: Connection, subject: Digest, why: string): RegistryError {
  const tag = referrersTag(subject);
  const message = `${nameOf(connection, tag)}, which lists referrers where there is no API for them, ${why}`;
  return answerError(message, 200, manifestUrl(connection, tag));
}

async function writeIndex(
  connection: Connection,
  subject: Digest,
  { etag, fields }: ReferrersIndex,
  manifests: readonly Record<string, unknown>[],
  options: AbortOptions,
): Promise<void> {
  let text: string;
  try {
    text = JSON.stringify({ ...fields, manifests: cleaned(manifests) });
  } catch {
    // JSON.parse accepts deeper nesting than JSON.stringify.
    throw indexProblem(connection, subject, 'is nested too deeply to be written again');
  }
  const bytes = new TextEncoder().encode(text);
  const { byteLength } = bytes;
  if (byteLength > maxManifestSize) {
    throw new TooLargeError(`The list of referrers has ${byteLength} bytes with one more`, maxManifestSize, byteLength);
  }
  const headers = etag === undefined ? undefined : { 'if-match': etag };
  const descriptor = describe(mediaTypes.index, bytes);
  await putManifest(connection, descriptor, bytes, referrersTag(subject), { ...options, headers }).catch(
    (error: unknown) => {
      // 412: another program was faster. Its index is read next.
      if (!isOrasError(error, 'REGISTRY') || error.code !== 'REGISTRY' || error.status !== 412) throw error;
    },
  );
}

/** The entries without those that name no digest, and each digest once. */
function cleaned(manifests: readonly Record<string, unknown>[]): Record<string, unknown>[] {
  const seen = new Set<unknown>(['', undefined, null]);
  return manifests.filter(({ digest }) => !seen.has(digest) && seen.add(digest));
}
