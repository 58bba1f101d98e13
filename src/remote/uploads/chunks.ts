import type { RegistryError } from '../../errors.ts';
import { discard } from '../answers/discard.ts';
import { answerError } from '../answers/error-response.ts';
import { minChunkBytes } from './chunk-sizes.ts';
import { sizeIn, type Upload, type UploadSession } from './upload-session.ts';

/** Statuses of an accepted chunk: 202 in the specification; ECR answers the last one with 201. */
const acceptedStatuses = [200, 201, 202, 204];
/** Maximum number of corrections by the registry's offset without progress. */
const maxCorrections = 8;

/**
 * Sends `content`, the part of an upload that starts at `base`, in chunks from the registry's offset
 * (distribution-spec, "Pushing a blob in chunks"). The chunk size shrinks after a 413, or a 416 for a correct range. A
 * smaller `Range` in an answer counts only if the upload status confirms it; only the digest of the closing request
 * proves the content.
 *
 * @throws RegistryError when the registry accepts no chunks, or has lost bytes that it had accepted
 */
export async function sendChunks(upload: Upload, session: UploadSession, content: Blob, base = 0): Promise<void> {
  const { sizes } = upload;
  const end = base + content.size;
  let corrections = 0;
  let most = 0;
  const correct = (confirmed: number | undefined): boolean => {
    if (confirmed === undefined || confirmed > end) return false;
    // Progress of one byte each time would be a request per byte.
    if (confirmed >= most + minChunkBytes) {
      corrections = 0;
      most = confirmed;
    } else if (corrections++ >= maxCorrections) return false;
    session.confirm(confirmed);
    return true;
  };
  while (session.offset < end) {
    const { offset } = session;
    if (offset < base) throw lostBytesError(upload, session);
    if (sizes.maximum < Math.min(minChunkBytes, end - offset)) throw tooSmallError(upload, session);
    const body = content.slice(offset - base, Math.min(offset - base + sizes.chunk, content.size));
    const response = await session.patch(body);
    if (acceptedStatuses.includes(response.status)) {
      discard(response);
      session.accepted(body.size);
      const said = sizeIn(response.headers.get('range'), offset);
      // ECR's `Range` does not advance although everything has arrived.
      if (said !== undefined && said < session.offset && (await session.status()) === said && correct(said)) {
        // Otherwise the rejected bytes would be sent again and again.
        if (said - offset < body.size / 2) sizes.limit(said - offset);
      }
      upload.progress.transferred(session.offset);
      await upload.onAdvance?.(session);
      continue;
    }
    const refusal = await session.refusal(response, 'PATCH');
    if (response.status !== 413 && response.status !== 416) throw refusal;
    const confirmed = await session.status();
    if (confirmed !== undefined && confirmed !== offset && correct(confirmed)) continue;
    if (body.size <= Math.max(minChunkBytes, sizes.minimum)) throw refusal;
    sizes.shrink(response, body.size);
  }
}

function lostBytesError({ what }: Upload, { location, offset }: UploadSession): RegistryError {
  const message = `${what}: the registry has only ${offset} bytes of what it took, and a stream cannot be read again`;
  return answerError(message, 202, location, 'PATCH');
}

function tooSmallError({ what, sizes }: Upload, { location }: UploadSession): RegistryError {
  const message = `${what}: the registry accepts at most ${sizes.maximum} bytes per request, and at least ${minChunkBytes} are sent`;
  return answerError(message, 202, location, 'PATCH');
}
