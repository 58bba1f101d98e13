import type { RegistryError } from '../../errors.ts';
import { discard } from '../answers/discard.ts';
import { answerError } from '../answers/error-response.ts';
import { minChunkBytes } from './chunk-sizes.ts';
import { sizeIn, type Upload, type UploadSession } from './upload-session.ts';

/** Answers that say a chunk has arrived: the specification's is 202, ECR says 201 to the last one. */
const acceptedStatuses = [200, 201, 202, 204];
/** How often the registry may say that it has something else than was sent, and no more than ever before. */
const maxCorrections = 8;

/**
 * Sends the part of an upload that begins at `base`, from where the registry is, in chunks (distribution-spec, "Pushing
 * a blob in chunks"). Chunks that are refused as too large (413, and 416 for a right range) become smaller. How far the
 * registry says it is counts only if its status says so, too: the digest of the closing request is the only proof.
 *
 * @throws RegistryError when the registry takes none, or has less than it had
 */
export async function sendChunks(upload: Upload, session: UploadSession, content: Blob, base = 0): Promise<void> {
  const { sizes } = upload;
  const end = base + content.size;
  let corrections = 0;
  let most = 0;
  const correct = (confirmed: number | undefined): boolean => {
    if (confirmed === undefined || confirmed > end) return false;
    // A byte more each time would be a request per byte.
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
      // ECR's stands still although everything has arrived.
      if (said !== undefined && said < session.offset && (await session.status()) === said && correct(said)) {
        // What it does not take would be sent over and over.
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
  const message = `${what}: the registry takes ${sizes.maximum} bytes per request only, and at least ${minChunkBytes} are sent`;
  return answerError(message, 202, location, 'PATCH');
}
