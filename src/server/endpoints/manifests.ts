import { readAll } from '../../bytes/streams.ts';
import { isOrasError } from '../../errors.ts';
import { digestOf, splitDigest } from '../../oci/digest.ts';
import { type ParsedManifest, parseManifest } from '../../oci/manifest.ts';
import { isIndexType, isManifestType, withoutParameters } from '../../oci/media-types.ts';
import { referrerOf } from '../../oci/referrers.ts';
import { linksOf } from '../../target/layout/manifests.ts';
import type { Descriptor, Digest } from '../../types.ts';
import { isUnchanged } from '../http/conditions.ts';
import { bodyOf } from '../http/received.ts';
import { empty, Refusal } from '../http/refusal.ts';
import { requireDigest, requireReference, requireTag } from '../http/route.ts';
import type { StoredRepository } from '../store/repository.ts';
import { deletionDisabled } from './blobs.ts';
import type { Exchange } from './exchange.ts';
import { checkContent, contentOf } from './manifest-content.ts';

/** Clients can rely on ten (distribution-spec, "Pushing Manifests"). */
const mostTags = 100;

/** `GET` and `HEAD /v2/<name>/manifests/<reference>` (end-3). */
export async function getManifest(
  { request, signal }: Exchange,
  repository: StoredRepository,
  reference: string,
): Promise<Response> {
  requireReference(reference);
  const descriptor = await repository.resolve(reference, { signal });
  const bytes = descriptor && (await repository.manifest(descriptor, { signal }));
  if (!bytes) throw manifestUnknown(reference);
  const { digest, mediaType } = descriptor;
  const etag = `"${digest}"`;
  // An index of another program may have any text here.
  const headers = { 'content-type': withoutParameters(mediaType), 'docker-content-digest': digest, etag };
  if (isUnchanged(request, etag)) return empty(304, headers);
  return new Response(bytes, { headers: { ...headers, 'content-length': `${bytes.byteLength}` } });
}

/** `PUT /v2/<name>/manifests/<reference>` (end-7a), with `?tag=` for tags of a digest (end-7b). */
export async function putManifest(
  { request, url, settings, signal }: Exchange,
  repository: StoredRepository,
  reference: string,
): Promise<Response> {
  const target = requireReference(reference);
  const added = url.searchParams.getAll('tag').map(requireTag);
  if (added.length > mostTags) {
    throw new Refusal(414, 'MANIFEST_INVALID', `A manifest can be given ${mostTags} tags at a time`);
  }
  const bytes = await readManifest(request, settings.maxManifestSize, signal);
  const descriptor = describe(bytes, request, 'digest' in target ? target.digest : undefined);
  const parsed = parse(bytes, descriptor.mediaType, settings.maxManifestSize);
  const needed = contentOf(parsed);
  for (const { digest } of needed) requireDigest(digest);
  if (!settings.sparse) await checkContent(repository, needed, { signal });
  const tags = new Set('tag' in target ? [target.tag, ...added] : added);
  const subject = referrerOf(descriptor, parsed.kind === 'index' ? parsed.index : parsed.manifest);
  if (subject) requireDigest(subject.digest);
  await repository.putManifest(descriptor, bytes, { tags: [...tags], subject });
  return empty(201, {
    location: `/v2/${repository.name}/manifests/${descriptor.digest}`,
    'docker-content-digest': descriptor.digest,
    ...(subject && { 'oci-subject': subject.digest }),
    ...(added.length > 0 && { 'oci-tag': added.join(', ') }),
  });
}

/** `DELETE /v2/<name>/manifests/<reference>` (end-9): a tag alone, or a manifest with its tags. */
export async function deleteManifest(
  { settings, signal }: Exchange,
  repository: StoredRepository,
  reference: string,
): Promise<Response> {
  if (!settings.deletion) throw deletionDisabled();
  const target = requireReference(reference);
  const descriptor = await repository.resolve(reference, { signal });
  if (!descriptor) throw manifestUnknown(reference);
  if ('tag' in target) {
    await repository.deleteTag(target.tag);
  } else {
    const subject = await subjectOf(repository, descriptor, signal);
    await repository.deleteManifest(descriptor, subject);
  }
  return empty(202);
}

async function readManifest(request: Request, limit: number, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
  const tooLarge = (): Refusal =>
    new Refusal(413, 'MANIFEST_INVALID', `A manifest can have ${limit} bytes`, { detail: { limit } });
  // Refused before the body is sent, where `Content-Length` is known.
  if (Number(request.headers.get('content-length') ?? 0) > limit) throw tooLarge();
  try {
    return await readAll(await bodyOf(request), limit, signal);
  } catch (error) {
    throw isOrasError(error, 'TOO_LARGE') ? tooLarge() : error;
  }
}

function describe(bytes: Uint8Array, request: Request, expected: Digest | undefined): Descriptor {
  const digest = digestOf(bytes, expected === undefined ? 'sha256' : splitDigest(expected).algorithm);
  if (expected !== undefined && digest !== expected) {
    throw new Refusal(400, 'DIGEST_INVALID', `The digest of the content is ${digest}`, { detail: { digest } });
  }
  const mediaType = withoutParameters(request.headers.get('content-type') ?? '');
  if (!isManifestType(mediaType) && !isIndexType(mediaType)) {
    throw new Refusal(400, 'MANIFEST_INVALID', 'The Content-Type is not that of a manifest or an index');
  }
  return { mediaType, digest, size: bytes.byteLength };
}

/** Refuses a manifest that is not valid; a registry may be stricter than its clients. */
function parse(bytes: Uint8Array, contentType: string, limit: number): ParsedManifest {
  const refuse = (message: string, cause?: unknown): never => {
    throw new Refusal(400, 'MANIFEST_INVALID', message, { cause });
  };
  try {
    return parseManifest(bytes, {
      contentType,
      limit,
      onFault: (fault) => refuse(`The manifest is refused: ${fault}`),
    });
  } catch (error) {
    if (isOrasError(error, 'INVALID_MANIFEST')) return refuse(error.message, error);
    throw error;
  }
}

async function subjectOf(
  repository: StoredRepository,
  descriptor: Descriptor,
  signal: AbortSignal,
): Promise<Digest | undefined> {
  const bytes = await repository.manifest(descriptor, { signal });
  return bytes && linksOf(bytes, descriptor).subject?.digest;
}

function manifestUnknown(reference: string): Refusal {
  return new Refusal(404, 'MANIFEST_UNKNOWN', `There is no manifest ${reference}`, { detail: { reference } });
}
