import { aborted } from '../../aborts.ts';
import { KeyedSerial } from '../../concurrency.ts';
import { isOrasError, type OrasError, ReferrersError, type RegistryError, TooLargeError } from '../../errors.ts';
import { readJson } from '../../json/json.ts';
import { describe } from '../../oci/descriptor.ts';
import { digestOf } from '../../oci/digest.ts';
import { maxManifestSize } from '../../oci/manifest.ts';
import { mediaTypes } from '../../oci/media-types.ts';
import { type References, referrerOf, referrersTag, type Subject } from '../../oci/referrers.ts';
import { referrersList } from '../../oci/schemas/referrers-list.ts';
import type { AbortOptions } from '../../options.ts';
import { isCallers, passOver } from '../../target/callers.ts';
import type { Descriptor, Digest } from '../../types.ts';
import { discard } from '../answers/discard.ts';
import { answerError } from '../answers/error-response.ts';
import type { Connection } from '../connection/connection.ts';
import { delay } from '../http/backoff.ts';
import { Persistence } from '../http/persistence.ts';
import { manifestUrl, mediaTypeOf, nameOf, readManifest } from './manifest-answer.ts';
import { putManifest } from './manifest-push.ts';

/** Changes of one tag wait for each other, as each reads the list and writes all of it. */
const updates = new KeyedSerial();
/** Milliseconds that others get at most to replace a list. */
const longestWait = 2_000;

/**
 * Makes sure that a manifest which was just stored is found from its subject, if it has one: where the `answer` does not
 * say that the registry lists it by itself, it is listed under the referrers tag.
 *
 * @throws ReferrersError when it cannot be listed; the manifest stays
 */
export async function listAsReferrer(
  connection: Connection,
  descriptor: Descriptor,
  references: References,
  answer: Response,
  options: AbortOptions,
): Promise<void> {
  const subject = referrerOf(descriptor, references);
  if (!subject || (await isListed(connection, subject, answer, options))) return;
  await addToReferrersTag(connection, subject, options).catch((cause: unknown) => {
    if (options.signal?.aborted || isCallers(cause) || !isOrasError(cause)) throw cause;
    const name = nameOf(connection, descriptor.digest);
    const message = `${name} is stored, but cannot be listed as a referrer of ${subject.digest}: ${cause.message}`;
    throw new ReferrersError(message, descriptor, { cause });
  });
}

/**
 * Lists a manifest among the referrers of its subject under the referrers tag, for a registry without a referrers API
 * (distribution-spec, "Pushing Manifests with Subject"). All that is listed is kept. The list is read again afterwards:
 * another program may have replaced it at the same moment, and then it is written once more.
 *
 * @throws OrasError when the list cannot be read or written, or the tag stands for something else
 */
async function addToReferrersTag(
  connection: Connection,
  { digest: subject, referrer }: Subject,
  options: AbortOptions,
): Promise<void> {
  const tag = referrersTag(subject);
  const update = updates.run(manifestUrl(connection, tag), async () => {
    const persistence = new Persistence(connection.options.settings.retry, options.signal);
    for (let isAgain = false; ; isAgain = true) {
      const started = performance.now();
      const list = await readList(connection, tag, subject, options);
      if (list.digests.has(referrer.digest)) return;
      if (isAgain) await persistence.again(list.problem('is replaced by others all the time'));
      await writeList(connection, tag, list, referrer, options);
      // Who has read the list before this was written replaces it in about the time that this took.
      await delay(Math.min(performance.now() - started, longestWait), options.signal);
    }
  });
  // Also while others are waited for.
  await aborted(update, options.signal);
}

async function writeList(
  connection: Connection,
  tag: string,
  { etag, index, manifests, problem }: ReferrersList,
  referrer: Descriptor,
  options: AbortOptions,
): Promise<void> {
  let text: string;
  try {
    text = JSON.stringify({ ...index, manifests: [...manifests, referrer] });
  } catch {
    // JSON.parse takes what is nested so deeply that it cannot be written.
    throw problem('is nested too deeply to be written again');
  }
  const bytes = new TextEncoder().encode(text);
  const { byteLength } = bytes;
  if (byteLength > maxManifestSize) {
    throw new TooLargeError(`The list of referrers has ${byteLength} bytes with one more`, maxManifestSize, byteLength);
  }
  const headers = etag === undefined ? undefined : { 'if-match': etag };
  const writing = putManifest(connection, describe(mediaTypes.index, bytes), bytes, tag, { ...options, headers });
  await writing.catch((error: unknown) => {
    // Another one was faster: its list is read next.
    if (!isOrasError(error, 'REGISTRY') || error.code !== 'REGISTRY' || error.status !== 412) throw error;
  });
}

/** What is under a referrers tag. */
interface ReferrersList {
  /** The index, but for its list. */
  index: object;
  /** What is listed, as it stands there. */
  manifests: unknown[];
  /** The digests of it. */
  digests: ReadonlySet<unknown>;
  /** What a change may depend on, where the registry says it. */
  etag: string | undefined;
  /** The error for a list that cannot be used. */
  problem: (why: string) => OrasError;
}

async function readList(
  connection: Connection,
  tag: string,
  subject: Digest,
  { signal }: AbortOptions,
): Promise<ReferrersList> {
  const url = manifestUrl(connection, tag);
  const name = nameOf(connection, tag);
  const headers = { accept: `${mediaTypes.index}, */*` };
  const expected = [200, 404];
  const response = await connection.send('GET', url, {
    headers,
    what: `Cannot read ${name}`,
    expected,
    signal,
    access: 'push',
  });
  const problem = (why: string): RegistryError =>
    answerError(`${name}, which lists referrers where there is no API for them, ${why}`, response.status, url);
  const index = { schemaVersion: 2, mediaType: mediaTypes.index };
  if (response.status === 404) {
    discard(response);
    return { index, manifests: [], digests: new Set(), etag: undefined, problem };
  }
  const bytes = await readManifest(connection, response, url, signal);
  // GitLab answers with the subject itself, which must not be replaced.
  const isSubject = digestOf(bytes, subject.startsWith('sha512:') ? 'sha512' : 'sha256') === subject;
  const found = isSubject ? undefined : readJson(bytes, referrersList).value;
  if (!found || mediaTypeOf(response, bytes, url) !== mediaTypes.index) {
    throw problem('is something else here: this registry cannot keep referrers');
  }
  const { manifests = [] } = found;
  const digests = new Set(manifests.map(({ digest }) => digest));
  // Pages of other origins may read the tag of a version more often than they may send it.
  const etag = response.type === 'cors' ? undefined : /^".*"$/.exec(response.headers.get('etag') ?? '')?.[0];
  return { index: { ...index, ...found, ...index }, manifests, digests, etag, problem };
}

/**
 * Tells whether the answer to a push says that the registry lists the manifest by itself: by `OCI-Subject`. A page may
 * not be let to read that, so it asks the referrers API whether it is there.
 */
async function isListed(
  connection: Connection,
  { digest }: Subject,
  answer: Response,
  { signal }: AbortOptions,
): Promise<boolean> {
  if (answer.headers.has('oci-subject')) return true;
  if (answer.type !== 'cors') return false;
  const url = `${connection.base}/referrers/${digest}`;
  const response = await connection.send('GET', url, { signal, repeatable: false }).catch(passOver);
  discard(response);
  return response?.status === 200 && response.headers.get('content-type')?.startsWith(mediaTypes.index) === true;
}
