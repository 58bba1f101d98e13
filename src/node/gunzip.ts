import { crc32, createInflateRaw, type InflateRaw } from 'node:zlib';
import { ByteReader } from '../archive/reading/byte-reader.ts';
import { cutOff, damaged, gunzipWith } from '../archive/reading/gzip-members.ts';

const pieceSize = 64 * 1024;

/** Decompresses gzip with `node:zlib`, in its thread pool. Tested to give the same results as the portable implementation. */
export function gunzip(stream: ReadableStream<Uint8Array>, signal?: AbortSignal): ReadableStream<Uint8Array> {
  return gunzipWith({ inflate, crc32 }, new ByteReader(stream), signal);
}

async function* inflate(source: ByteReader): AsyncGenerator<Uint8Array, void, void> {
  const inflater = createInflateRaw({ chunkSize: pieceSize });
  const feeding = feed(inflater, source);
  try {
    for await (const piece of inflater as AsyncIterable<Buffer>) {
      yield new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength);
    }
  } catch (error) {
    throw reasonOf(error);
  }
  source.unread(await feeding);
}

/** Feeds the inflater until its deflate stream ends. Gives the bytes of the last chunk that are behind that end. */
async function feed(inflater: InflateRaw, source: ByteReader): Promise<Uint8Array> {
  let given = 0;
  try {
    for (let chunk = await source.chunk(); chunk; chunk = await source.chunk()) {
      await written(inflater, chunk);
      given += chunk.length;
      const unused = given - inflater.bytesWritten;
      if (unused > 0) return chunk.subarray(chunk.length - unused);
    }
    inflater.end();
  } catch (error) {
    inflater.destroy(new SourceFailure(error));
  }
  return new Uint8Array(0);
}

function written(inflater: InflateRaw, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    inflater.write(chunk, () => resolve());
  });
}

/** Marks an error of the source, to tell it from an error of the inflater. */
class SourceFailure extends Error {
  readonly reason: unknown;

  constructor(reason: unknown) {
    super('The source failed');
    this.reason = reason;
  }
}

function reasonOf(error: unknown): unknown {
  if (error instanceof SourceFailure) return error.reason;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'Z_BUF_ERROR') return cutOff();
  return code?.startsWith('Z_') ? damaged(message, { cause: error }) : error;
}
