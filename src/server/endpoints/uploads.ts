import type { Digest } from '../../types.ts';
import { contentRangeOf } from '../http/ranges.ts';
import { bodyOf, concatenated } from '../http/received.ts';
import { empty, Refusal, sizeInvalid } from '../http/refusal.ts';
import { requireDigest, requireName } from '../http/route.ts';
import type { StoredRepository } from '../store/repository.ts';
import { sizeOf, type UploadSession } from '../store/upload-sessions.ts';
import type { Exchange } from './exchange.ts';

const algorithms = ['sha256', 'sha512'];

/** `POST /v2/<name>/blobs/uploads/`: a session (end-4a, end-4c), a whole blob (end-4b), or a mount (end-11). */
export async function startUpload(exchange: Exchange, repository: StoredRepository): Promise<Response> {
  const { url, uploads, signal, settings, request } = exchange;
  const digest = url.searchParams.get('digest');
  const mount = url.searchParams.get('mount');
  const algorithm = url.searchParams.get('digest-algorithm');
  if (algorithm !== null && !algorithms.includes(algorithm)) {
    throw new Refusal(400, 'UNSUPPORTED', `The digest algorithms of this registry are ${algorithms.join(' and ')}`);
  }
  if (mount !== null) {
    const source = await findSource(exchange, requireDigest(mount));
    if (source) {
      if (!(await repository.blob(mount, { signal }))) {
        await repository.putBlob(mount, source, { limit: settings.maxBlobSize, signal });
      }
      return created(repository, mount);
    }
  } else if (digest !== null) {
    const body = await bodyOf(request);
    await repository.putBlob(requireDigest(digest), body, { limit: settings.maxBlobSize, signal });
    return created(repository, digest);
  }
  return empty(202, progress(await uploads.start(repository.name, { signal })));
}

/** `PATCH /v2/<name>/blobs/uploads/<id>` (end-5): the next chunk, or everything without a `Content-Range`. */
export async function appendChunk(exchange: Exchange, repository: StoredRepository, id: string): Promise<Response> {
  const { request, uploads, signal } = exchange;
  const session = await uploads.find(repository.name, id, { signal });
  const size = checkRange(request, session);
  const appended = await uploads.append(session, { body: await bodyOf(request), size }, outOfOrder, { signal });
  return empty(202, progress(appended));
}

/**
 * `PUT /v2/<name>/blobs/uploads/<id>?digest=<digest>` (end-6): closes the upload, with all, some or none of the
 * content.
 */
export async function finishUpload(exchange: Exchange, repository: StoredRepository, id: string): Promise<Response> {
  const { request, url, uploads, signal, settings } = exchange;
  const session = await uploads.find(repository.name, id, { signal });
  const digest = requireDigest(url.searchParams.get('digest') ?? '');
  checkRange(request, session);
  const body = await bodyOf(request);
  const parts = [async () => uploads.content(session, { signal }), async () => body];
  await repository.putBlob(digest, concatenated(parts), { limit: settings.maxBlobSize, signal });
  await uploads.end(session);
  return created(repository, digest);
}

/** `GET /v2/<name>/blobs/uploads/<id>` (end-13): the upload status. */
export async function uploadStatus(
  { uploads, signal }: Exchange,
  repository: StoredRepository,
  id: string,
): Promise<Response> {
  return empty(204, progress(await uploads.find(repository.name, id, { signal })));
}

/** `DELETE /v2/<name>/blobs/uploads/<id>` (end-14). */
export async function cancelUpload(
  { uploads, signal }: Exchange,
  repository: StoredRepository,
  id: string,
): Promise<Response> {
  await uploads.end(await uploads.find(repository.name, id, { signal }));
  return empty(204);
}

/**
 * The source of a mount: the blob in the repository `from`, or without it in any repository that the client may pull
 * from.
 */
async function findSource(exchange: Exchange, digest: Digest): Promise<Blob | undefined> {
  const { url, signal } = exchange;
  const from = url.searchParams.get('from');
  if (from !== null) {
    requireName(from);
    return exchange.repository(from).blob(digest, { signal });
  }
  for (const name of await exchange.repositoryNames()) {
    if (!(await exchange.mayPull(name))) continue;
    const blob = await exchange.repository(name).blob(digest, { signal });
    if (blob) return blob;
  }
  return undefined;
}

/**
 * Checks the `Content-Range` of a chunk against the offset. Returns the chunk's size; undefined without a
 * `Content-Range`.
 */
function checkRange(request: Request, session: UploadSession): number | undefined {
  const header = request.headers.get('content-range');
  if (header === null) return undefined;
  const { first, last } = contentRangeOf(header);
  if (first !== sizeOf(session)) throw outOfOrder(session);
  const size = last - first + 1;
  const length = request.headers.get('content-length');
  if (length !== null && Number(length) !== size) throw sizeInvalid(size, Number(length));
  return size;
}

function outOfOrder(session: UploadSession): Refusal {
  return new Refusal(416, 'BLOB_UPLOAD_INVALID', `The next byte of the upload is number ${sizeOf(session)}`, {
    headers: progress(session),
  });
}

function progress(session: UploadSession): Record<string, string> {
  return {
    location: `/v2/${session.repository}/blobs/uploads/${session.id}`,
    // No bytes and one byte look the same, as in other registries: the format has no empty range.
    range: `0-${Math.max(sizeOf(session) - 1, 0)}`,
    'docker-upload-uuid': session.id,
  };
}

function created(repository: StoredRepository, digest: Digest): Response {
  const location = `/v2/${repository.name}/blobs/${digest}`;
  return empty(201, { location, 'docker-content-digest': digest });
}
