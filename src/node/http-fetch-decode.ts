import type { IncomingMessage } from 'node:http';
import { pipeline, type Readable, type Transform } from 'node:stream';
import { constants, createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';

// What is cut off is the problem of whoever verifies it: gives as much as there is, as fetch does.
const flush = { flush: constants.Z_SYNC_FLUSH, finishFlush: constants.Z_SYNC_FLUSH };

const decoders: Readonly<Record<string, () => Transform>> = {
  gzip: () => createGunzip(flush),
  'x-gzip': () => createGunzip(flush),
  deflate: () => createInflate(flush),
  br: () => createBrotliDecompress(),
};

/** The body of an answer that is compressed on the way, though nobody asked for it; any other as it is. */
export function decoded(message: IncomingMessage): Readable {
  const coding = message.headers['content-encoding']?.toLowerCase() ?? '';
  const decoder = Object.hasOwn(decoders, coding) && decoders[coding]?.();
  // The failure of one is that of the other, which the reader sees.
  return decoder ? pipeline(message, decoder, () => {}) : message;
}
