import { mediaTypes } from '../../oci/media-types.ts';
import type { Digest } from '../../types.ts';
import { isUnchanged } from '../http/conditions.ts';
import { rangeOf } from '../http/ranges.ts';
import { empty, Refusal } from '../http/refusal.ts';
import type { StoredRepository } from '../store/repository.ts';
import type { Exchange } from './exchange.ts';

/** `GET` and `HEAD /v2/<name>/blobs/<digest>` (end-2), with or without a range. */
export async function getBlob(
  { request, signal }: Exchange,
  repository: StoredRepository,
  digest: Digest,
): Promise<Response> {
  const blob = await repository.blob(digest, { signal });
  if (!blob) throw blobUnknown(digest);
  const etag = `"${digest}"`;
  const headers = {
    'content-type': mediaTypes.octetStream,
    'docker-content-digest': digest,
    'accept-ranges': 'bytes',
    etag,
  };
  if (isUnchanged(request, etag)) return empty(304, headers);
  const ifRange = request.headers.get('if-range');
  const asked = request.method === 'GET' && (ifRange === null || ifRange === etag);
  const range = asked ? rangeOf(request.headers.get('range'), blob.size) : undefined;
  if (!range) return new Response(blob, { headers: { ...headers, 'content-length': `${blob.size}` } });
  const part = blob.slice(range.first, range.last + 1);
  return new Response(part, {
    status: 206,
    headers: {
      ...headers,
      'content-length': `${part.size}`,
      'content-range': `bytes ${range.first}-${range.last}/${blob.size}`,
    },
  });
}

/** `DELETE /v2/<name>/blobs/<digest>` (end-10). */
export async function deleteBlob(
  { settings, signal }: Exchange,
  repository: StoredRepository,
  digest: Digest,
): Promise<Response> {
  if (!settings.deletion) throw deletionDisabled();
  if (!(await repository.blob(digest, { signal }))) throw blobUnknown(digest);
  if (await repository.resolve(digest, { signal })) {
    throw new Refusal(405, 'UNSUPPORTED', `${digest} is a manifest, and can only be deleted as one`);
  }
  await repository.deleteBlob(digest, { signal });
  return empty(202);
}

/** Refuses a deletion where deletions are disabled, also of tags (CVE-2026-41888). */
export function deletionDisabled(): Refusal {
  return new Refusal(405, 'UNSUPPORTED', 'This registry does not delete anything', {
    headers: { allow: 'GET, HEAD, PUT' },
  });
}

function blobUnknown(digest: Digest): Refusal {
  return new Refusal(404, 'BLOB_UNKNOWN', `There is no blob ${digest}`, { detail: { digest } });
}
