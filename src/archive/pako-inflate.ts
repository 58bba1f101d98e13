import { Z_BUF_ERROR, Z_NO_FLUSH, Z_OK, Z_STREAM_END, ZStream, zlibInflate, zlibInflateInit2 } from 'pako';
import type { ByteReader } from './byte-reader.ts';
import { cutOff, damaged } from './gzip-members.ts';

/** Without a header and a checksum of its own. */
const rawDeflate = -15;
const pieceSize = 64 * 1024;

/**
 * The bytes of one deflate stream, in pieces, by the portable way; it leaves the reader right after the stream.
 *
 * @throws InvalidArchiveError when it is damaged or cut off
 */
export async function* inflate(source: ByteReader): AsyncGenerator<Uint8Array, void, void> {
  const state = new ZStream();
  zlibInflateInit2(state, rawDeflate);
  for (;;) {
    const chunk = await source.chunk();
    if (!chunk) throw cutOff();
    state.input = chunk;
    state.next_in = 0;
    state.avail_in = chunk.length;
    do {
      state.output = new Uint8Array(pieceSize);
      state.next_out = 0;
      state.avail_out = pieceSize;
      const status = zlibInflate(state, Z_NO_FLUSH);
      if (status !== Z_OK && status !== Z_STREAM_END && status !== Z_BUF_ERROR) throw damaged(state.msg);
      if (state.next_out > 0) yield state.output.subarray(0, state.next_out);
      if (status !== Z_STREAM_END) continue;
      source.unread(chunk.subarray(state.next_in));
      return;
    } while (state.avail_out === 0 || state.avail_in > 0);
  }
}
