import { streamFrom } from '../bytes/streams.ts';
import { InvalidArchiveError } from '../errors.ts';
import type { ByteReader } from './byte-reader.ts';

/** What a runtime decompresses with. */
export interface Inflater {
  /**
   * The bytes of one deflate stream, in pieces. It ends with the last of them, and leaves the reader right after it.
   *
   * @throws InvalidArchiveError when it is damaged or cut off
   */
  inflate(source: ByteReader): AsyncGenerator<Uint8Array, void, void>;
  /** The CRC-32 of bytes behind others with this one. */
  crc32(bytes: Uint8Array, crc: number): number;
}

const flags = { headerCrc: 2, extra: 4, name: 8, comment: 16, unknown: 0xe0 };

/** Tells whether this is how gzip begins. */
export function isGzip(start: Uint8Array): boolean {
  return start[0] === 0x1f && start[1] === 0x8b;
}

/** The decompressed bytes of a gzip file, as a stream; see {@link gunzip}. */
export function gunzipWith(inflater: Inflater, source: ByteReader, signal?: AbortSignal): ReadableStream<Uint8Array> {
  const pieces = readMembers(inflater, source);
  return streamFrom(
    {
      next: async () => (await pieces.next()).value ?? undefined,
      cancel(reason) {
        // It may be in the middle of something, which ends with its source; so nobody waits for it.
        pieces.return().catch(() => {});
        return source.cancel(reason);
      },
    },
    signal,
  );
}

async function* readMembers(inflater: Inflater, source: ByteReader): AsyncGenerator<Uint8Array, void, void> {
  try {
    do {
      await passHeader(inflater, source);
      let crc = 0;
      let size = 0;
      for await (const piece of inflater.inflate(source)) {
        crc = inflater.crc32(piece, crc);
        size += piece.length;
        yield piece;
      }
      checkTrailer(await bytesOf(source, 8), crc, size);
    } while (isGzip(await source.peek(2)));
    // Layers have zeros here, or what no program has ever looked at. They count for the digest.
    await source.skip(Number.POSITIVE_INFINITY);
  } catch (error) {
    source.cancel(error).catch(() => {});
    throw error;
  }
}

function checkTrailer(trailer: Uint8Array, crc: number, size: number): void {
  const view = new DataView(trailer.buffer, trailer.byteOffset, trailer.byteLength);
  if (view.getUint32(0, true) !== crc >>> 0) throw damaged('its checksum (CRC) is another one');
  // Of the size gzip keeps the last 32 bits.
  if (view.getUint32(4, true) !== size % 2 ** 32) throw damaged('it has another size');
}

/** Reads the header of a member (RFC 1952, 2.3). */
async function passHeader(inflater: Inflater, source: ByteReader): Promise<void> {
  let crc = 0;
  const next = async (size: number): Promise<Uint8Array> => {
    const bytes = await bytesOf(source, size);
    crc = inflater.crc32(bytes, crc);
    return bytes;
  };
  const start = await next(10);
  const flag = start[3]!;
  if (!isGzip(start)) throw damaged('it does not begin as gzip');
  if (start[2] !== 8 || flag & flags.unknown) throw damaged('it is of an unknown kind');
  if (flag & flags.extra) {
    const [low, high] = await next(2);
    await next(low! | (high! << 8));
  }
  for (const text of [flags.name, flags.comment]) {
    // It ends with a zero.
    while (flag & text && (await next(1))[0] !== 0);
  }
  if (!(flag & flags.headerCrc)) return;
  const expected = crc & 0xffff;
  const [low, high] = await next(2);
  if ((low! | (high! << 8)) !== expected) throw damaged('its header has another checksum');
}

async function bytesOf(source: ByteReader, size: number): Promise<Uint8Array> {
  const bytes = await source.take(size);
  if (bytes.length < size) throw cutOff();
  return bytes;
}

/** The error of gzip that ends too early. */
export function cutOff(): InvalidArchiveError {
  return damaged('it is cut off');
}

/** The error of gzip that is wrong. */
export function damaged(why: string, options?: ErrorOptions): InvalidArchiveError {
  return new InvalidArchiveError(`The gzip archive cannot be read: ${why}`, undefined, options);
}
