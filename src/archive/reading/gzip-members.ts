import { streamFrom } from '../../bytes/streams.ts';
import { InvalidArchiveError } from '../../errors.ts';
import type { ByteReader } from './byte-reader.ts';

/** The part of gunzip that differs between runtimes. */
export interface Inflater {
  /**
   * Decompresses one raw deflate stream (RFC 1951). Afterwards the reader is at the first byte behind it.
   *
   * @throws InvalidArchiveError if it is damaged or cut off
   */
  inflate(source: ByteReader): AsyncGenerator<Uint8Array, void, void>;
  /** Continues a CRC-32 with more bytes. */
  crc32(bytes: Uint8Array, crc: number): number;
}

const flags = { headerCrc: 2, extra: 4, name: 8, comment: 16, reserved: 0xe0 };

/** Tells whether bytes start with the magic number of gzip. */
export function isGzip(start: Uint8Array): boolean {
  return start[0] === 0x1f && start[1] === 0x8b;
}

/** Decompresses gzip with the given inflater; see {@link gunzip}. */
export function gunzipWith(inflater: Inflater, source: ByteReader, signal?: AbortSignal): ReadableStream<Uint8Array> {
  const pieces = readMembers(inflater, source);
  return streamFrom(
    {
      next: async () => (await pieces.next()).value ?? undefined,
      cancel(reason) {
        // Not awaited: it may wait for the source, which is cancelled next.
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
      await readHeader(inflater, source);
      let crc = 0;
      let size = 0;
      for await (const piece of inflater.inflate(source)) {
        crc = inflater.crc32(piece, crc);
        size += piece.length;
        yield piece;
      }
      checkTrailer(await bytesOf(source, 8), crc, size);
    } while (isGzip(await source.peek(2)));
    // Real layers have padding here. It is part of the digest of the layer.
    await source.skip(Number.POSITIVE_INFINITY);
  } catch (error) {
    source.cancel(error).catch(() => {});
    throw error;
  }
}

function checkTrailer(trailer: Uint8Array, crc: number, size: number): void {
  const view = new DataView(trailer.buffer, trailer.byteOffset, trailer.byteLength);
  if (view.getUint32(0, true) !== crc >>> 0) throw damaged('its CRC-32 does not match');
  // gzip stores the size modulo 2^32.
  if (view.getUint32(4, true) !== size % 2 ** 32) throw damaged('its size does not match');
}

/** Reads and checks the header of a member (RFC 1952, section 2.3). */
async function readHeader(inflater: Inflater, source: ByteReader): Promise<void> {
  let crc = 0;
  const next = async (size: number): Promise<Uint8Array> => {
    const bytes = await bytesOf(source, size);
    crc = inflater.crc32(bytes, crc);
    return bytes;
  };
  const start = await next(10);
  const flag = start[3]!;
  if (!isGzip(start)) throw damaged('it does not start as gzip does');
  if (start[2] !== 8 || flag & flags.reserved) throw damaged('its compression method or flags are unknown');
  if (flag & flags.extra) {
    const [low, high] = await next(2);
    await next(low! | (high! << 8));
  }
  for (const text of [flags.name, flags.comment]) {
    // Both end with a zero byte.
    while (flag & text && (await next(1))[0] !== 0);
  }
  if (!(flag & flags.headerCrc)) return;
  const expected = crc & 0xffff;
  const [low, high] = await next(2);
  if ((low! | (high! << 8)) !== expected) throw damaged('the checksum of its header does not match');
}

async function bytesOf(source: ByteReader, size: number): Promise<Uint8Array> {
  const bytes = await source.take(size);
  if (bytes.length < size) throw cutOff();
  return bytes;
}

/** The error for truncated gzip. */
export function cutOff(): InvalidArchiveError {
  return damaged('it is cut off');
}

/** The error for damaged gzip. */
export function damaged(why: string, options?: ErrorOptions): InvalidArchiveError {
  return new InvalidArchiveError(`The gzip archive cannot be read: ${why}`, undefined, options);
}
