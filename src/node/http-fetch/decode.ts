import type { IncomingMessage } from 'node:http';
import type { Readable, Transform } from 'node:stream';
import { constants, createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';

// A truncated body is decoded as far as possible, as fetch does; the reader checks size and digest.
const flush = { flush: constants.Z_SYNC_FLUSH, finishFlush: constants.Z_SYNC_FLUSH };
const flushBrotli = { flush: constants.BROTLI_OPERATION_FLUSH, finishFlush: constants.BROTLI_OPERATION_FLUSH };

const decoders: Readonly<Record<string, () => Transform>> = {
  gzip: () => createGunzip(flush),
  'x-gzip': () => createGunzip(flush),
  // Only with a zlib header (RFC 9110, section 8.4.1.2); fetch also accepts raw deflate.
  deflate: () => createInflate(flush),
  br: () => createBrotliDecompress(flushBrotli),
};
/** Most content codings of one response, as in Node's fetch. */
const mostCodings = 5;

/**
 * Decodes a response body that a server or proxy compressed although the client did not ask for it; other bodies are
 * returned unchanged. When the result is destroyed, decoding stops, but the message continues.
 */
export function decoded(message: IncomingMessage): Readable {
  const header = message.headers['content-encoding']?.toLowerCase() ?? '';
  const codings = header.split(',').map((coding) => coding.trim());
  const isKnown = codings.length <= mostCodings && codings.every((coding) => Object.hasOwn(decoders, coding));
  if (!isKnown) return message;
  return codings.reduceRight<Readable>((source, coding) => {
    const decoder = (decoders[coding] as () => Transform)();
    // Not `pipeline`: it removes its error listener at the end, and a late error of the decoder would crash the
    // process.
    decoder.on('error', () => {});
    source.once('close', () => {
      if (!source.readableEnded) decoder.destroy(source.errored ?? undefined);
    });
    if (source !== message) decoder.once('close', () => source.destroy());
    return source.pipe(decoder);
  }, message);
}
