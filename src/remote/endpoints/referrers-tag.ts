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

/** Changes of one tag run one after the other, because each is a read-modify-write of the whole list. */
const updates = new KeyedSerial();
/** Maximum wait before a list is read back, in milliseconds. */
const maxReadBackDelay = 2_000;

/**
 * Makes a stored manifest discoverable from its subject, if it has one: adds it to the referrers tag, unless the
 * `answer` to its push says that the registry has processed the subject itself.
 *
 * @throws ReferrersError when it cannot be added; the manifest stays stored
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
 * Adds a manifest to the referrers tag of its subject, for a registry without the referrers API (distribution-spec,
 * "Pushing Manifests with Subject"). All existing entries are kept. The list is read back afterwards and written again
 * if another program replaced it at the same time.
 *
 * @throws OrasError when the list cannot be read or written, or the tag is not a list of referrers
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
      if (isAgain) await persistence.again(list.problem('is overwritten by other programs again and again'));
      await writeList(connection, tag, list, referrer, options);
      // A program that read the list before this write overwrites it within about the time that this took.
      await delay(Math.min(performance.now() - started, maxReadBackDelay), options.signal);
    }
  });
  // An abort also ends the wait for earlier changes.
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
    // JSON.parse accepts deeper nesting than JSON.stringify.
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
    // 412: another program was faster. Its list is read next.
    if (!isOrasError(error, 'REGISTRY') || error.code !== 'REGISTRY' || error.status !== 412) throw error;
  });
}

/** The list under a referrers tag. */
interface ReferrersList {
  /** The fields of the index besides `manifests`. */
  index: object;
  /** The entries, unchanged. */
  manifests: unknown[];
  /** The digests of the entries. */
  digests: ReadonlySet<unknown>;
  /** The ETag for `If-Match`, where the registry sends one. */
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
  // GitLab answers with the subject itself, which must not be overwritten.
  const isSubject = digestOf(bytes, subject.startsWith('sha512:') ? 'sha512' : 'sha256') === subject;
  const found = isSubject ? undefined : readJson(bytes, referrersList).value;
  if (!found || mediaTypeOf(response, bytes, url) !== mediaTypes.index) {
    throw problem('is not a list of referrers here: this registry cannot store referrers');
  }
  const { manifests = [] } = found;
  const digests = new Set(manifests.map(({ digest }) => digest));
  // A page of another origin can often read the ETag, but is not allowed to send `If-Match`.
  const etag = response.type === 'cors' ? undefined : /^".*"$/.exec(response.headers.get('etag') ?? '')?.[0];
  return { index: { ...index, ...found, ...index }, manifests, digests, etag, problem };
}

/**
 * Tells whether the registry lists the manifest itself, which the `OCI-Subject` header of the push says. Where CORS may
 * hide that header from a page, it checks whether the referrers API exists.
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
