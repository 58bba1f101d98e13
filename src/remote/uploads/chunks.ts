import type { RegistryError } from '../../errors.ts';
import { discard } from '../http/discard.ts';
import { answerError } from '../http/response.ts';
import { lengthIn, sizeIn, type Upload, type UploadSession } from './upload-session.ts';

/** Answers that say a chunk has arrived: the specification's is 202, ECR says 201 to the last one. */
const arrived = [200, 201, 202, 204];
/** Smaller ones are not sent because a registry wants it: each byte could cost a request. */
const smallestChunk = 64 * 1024;
/** How often the registry may say that it has something else than was sent, and no more than ever before. */
const mostCorrections = 8;

/** Other sizes would send nothing, and that without end.
 *
 * @throws RangeError when it is no size of a chunk
 */
export function checkChunkSize(chunkSize: number | undefined): void {
  if (chunkSize === undefined || (Number.isSafeInteger(chunkSize) && chunkSize > 0)) return;
  throw new RangeError(`chunkSize must be a whole number from 1, not ${chunkSize}`);
}

/**
 * Sends the part of an upload that begins at `base`, from where the registry is, in chunks (distribution-spec, "Pushing
 * a blob in chunks"). Chunks that are refused as too large (413, and 416 for a right range) become smaller. How far the
 * registry says it is counts only if its status says so, too: the digest of the closing request is the only proof.
 *
 * @throws RegistryError when the registry takes none, or has less than it had
 */
export async function sendChunks(upload: Upload, session: UploadSession, content: Blob, base = 0): Promise<void> {
  const end = base + content.size;
  let corrections = 0;
  let most = 0;
  const correct = (confirmed: number | undefined): boolean => {
    if (confirmed === undefined || confirmed > end) return false;
    // A byte more each time would be a request per byte.
    if (confirmed >= most + smallestChunk) {
      corrections = 0;
      most = confirmed;
    } else if (corrections++ >= mostCorrections) return false;
    session.offset = confirmed;
    return true;
  };
  while (session.offset < end) {
    const { offset } = session;
    if (offset < base) throw lost(upload, session);
    // What a host takes at most is for chunks only: one request with everything may be larger.
    const size = Math.min(session.chunkSize, upload.connection.maxChunkSize ?? content.size);
    if (session.maximum < Math.min(smallestChunk, end - offset)) throw tooSmall(upload, session);
    const body = content.slice(offset - base, Math.min(offset - base + size, content.size));
    const response = await session.patch(body);
    if (arrived.includes(response.status)) {
      discard(response);
      session.offset += body.size;
      const said = sizeIn(response.headers.get('range'), offset);
      // ECR's stands still although everything has arrived.
      if (said !== undefined && said < session.offset && (await session.status()) === said && correct(said)) {
        // What it does not take would be sent over and over.
        if (said - offset < body.size / 2) upload.chunkSize = Math.max(smallestChunk, said - offset);
      }
      upload.progress.transferred(session.offset);
      await upload.onAdvance?.(session);
      continue;
    }
    const refusal = await session.refusal(response, 'PATCH');
    if (response.status !== 413 && response.status !== 416) throw refusal;
    const confirmed = await session.status();
    if (confirmed !== undefined && confirmed !== offset && correct(confirmed)) continue;
    if (body.size <= Math.max(smallestChunk, session.minimum)) throw refusal;
    upload.chunkSize = smallerChunk(response, body.size);
  }
}

/** The size to go on with after a request was refused as too large. */
export function smallerChunk({ headers }: Response, size: number): number {
  const said = lengthIn(headers, 'max');
  return Math.max(smallestChunk, said && said < size ? said : Math.floor(size / 2));
}

function lost({ what }: Upload, { location, offset }: UploadSession): RegistryError {
  const message = `${what}: the registry has only ${offset} bytes of what it took, and a stream cannot be read again`;
  return answerError(message, 202, location, 'PATCH');
}

function tooSmall({ what }: Upload, { location, maximum }: UploadSession): RegistryError {
  const message = `${what}: the registry takes ${maximum} bytes per request only, and at least ${smallestChunk} are sent`;
  return answerError(message, 202, location, 'PATCH');
}
