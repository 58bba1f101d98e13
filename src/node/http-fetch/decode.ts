import type { IncomingMessage } from 'node:http';
import type { Readable, Transform } from 'node:stream';
import { constants, createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';

// Of a body that is cut off, gives as much as there is, as fetch does: what reads it compares size and digest.
const flush = { flush: constants.Z_SYNC_FLUSH, finishFlush: constants.Z_SYNC_FLUSH };
const flushBrotli = { flush: constants.BROTLI_OPERATION_FLUSH, finishFlush: constants.BROTLI_OPERATION_FLUSH };

const decoders: Readonly<Record<string, () => Transform>> = {
  gzip: () => createGunzip(flush),
  'x-gzip': () => createGunzip(flush),
  // Only with the header of zlib (RFC 9110, section 8.4.1.2), which fetch does not ask for.
  deflate: () => createInflate(flush),
  br: () => createBrotliDecompress(flushBrotli),
};
/** Codings one on top of the other that are undone, as in Node's fetch. */
const mostCodings = 5;

/**
 * The body of an answer that is compressed on the way, though nobody asked for it; any other as it is. When it is
 * destroyed, no more is decoded; the message itself goes on.
 */
export function decoded(message: IncomingMessage): Readable {
  const header = message.headers['content-encoding']?.toLowerCase() ?? '';
  const codings = header.split(',').map((coding) => coding.trim());
  const isKnown = codings.length <= mostCodings && codings.every((coding) => Object.hasOwn(decoders, coding));
  if (!isKnown) return message;
  return codings.reduceRight<Readable>((source, coding) => {
    const decoder = (decoders[coding] as () => Transform)();
    // `pipeline` would leave a decoder without a listener once it has ended, and its error would end the process.
    decoder.on('error', () => {});
    source.once('close', () => {
      if (!source.readableEnded) decoder.destroy(source.errored ?? undefined);
    });
    if (source !== message) decoder.once('close', () => source.destroy());
    return source.pipe(decoder);
  }, message);
}
