import { mediaTypes } from '../oci/media-types.ts';
import type { Progress } from '../target/progress.ts';
import type { Digest } from '../types.ts';
import type { Connection } from './connection.ts';
import { responseError, uploadLocation } from './response.ts';

/** Content on its way to a registry. */
export interface Upload {
  /** The repository it goes to. */
  connection: Connection;
  /** Its digest. */
  digest: Digest;
  /** Its bytes. */
  content: Blob;
  /** Who is told how far it is. */
  progress: Progress;
  /** Ends it. */
  signal: AbortSignal | undefined;
  /** Bytes per request; undefined for all in one. */
  chunkSize: number | undefined;
}

/** An upload session of a registry. */
export interface UploadSession {
  /** Where the next request goes; every answer has a new one. */
  location: string;
  /** Fewest bytes the registry takes per request, but for the last one. */
  minimum: number;
}

/** The beginning of every error of an upload. */
export function failed({ connection, digest }: Upload): string {
  return `Cannot push ${digest} to ${connection.reference}`;
}

/** Answers that say a chunk has arrived: the specification's is 202, ECR says 201 to the last one. */
const arrived = [200, 201, 202, 204];

/**
 * Sends content in chunks, each where the answer to the one before says (distribution-spec, "Pushing a blob in chunks",
 * end-5). How far the registry says it is does not count: the digest of the closing PUT is the only proof.
 */
export async function sendChunks(upload: Upload, session: UploadSession): Promise<void> {
  const { connection, content, progress, signal } = upload;
  const size = Math.max(upload.chunkSize ?? content.size, session.minimum);
  for (let start = 0; start < content.size; start += size) {
    const end = Math.min(start + size, content.size);
    const url = session.location;
    const headers = { 'content-type': mediaTypes.octetStream, 'content-range': `${start}-${end - 1}` };
    const body = content.slice(start, end);
    const response = await connection.send('PATCH', url, { headers, body, signal });
    if (!arrived.includes(response.status)) {
      throw await responseError(response, { method: 'PATCH', url, what: failed(upload) });
    }
    await response.body?.cancel();
    session.location = uploadLocation(response, url, connection.options.trust.uploads);
    progress.transferred(end);
  }
}
