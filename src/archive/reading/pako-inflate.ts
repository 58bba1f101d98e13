import {
  Z_BUF_ERROR,
  Z_NO_FLUSH,
  Z_OK,
  Z_STREAM_END,
  ZStream,
  zlibInflate,
  zlibInflateInit2,
  zlibInflateReset,
} from 'pako';
import { crc32 } from '../crc32.ts';
import { pause } from '../pause.ts';
import type { ByteReader } from './byte-reader.ts';
import { cutOff, damaged, type Inflater } from './gzip-members.ts';

/** The window size, negative for raw deflate. */
const rawDeflate = -15;
const pieceSize = 64 * 1024;
/** Bytes between two pauses: some milliseconds of work here, and about as many for the consumer. */
const turnSize = 1024 * 1024;
/** The start of a stream counts as this many bytes. */
const startSize = 4096;

/** The portable inflater. It pauses regularly, so that highly compressed input does not block the event loop. */
export class PakoInflater implements Inflater {
  readonly #state = new ZStream();
  #done = 0;

  constructor() {
    zlibInflateInit2(this.#state, rawDeflate);
  }

  async *inflate(source: ByteReader): AsyncGenerator<Uint8Array, void, void> {
    const state = this.#state;
    zlibInflateReset(state);
    await this.#work(startSize);
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
        await this.#work(state.next_out);
        if (status !== Z_STREAM_END) continue;
        source.unread(chunk.subarray(state.next_in));
        return;
      } while (state.avail_out === 0 || state.avail_in > 0);
    }
  }

  crc32(bytes: Uint8Array, crc: number): number {
    return crc32(bytes, crc);
  }

  async #work(bytes: number): Promise<void> {
    this.#done += bytes;
    if (this.#done < turnSize) return;
    this.#done = 0;
    await pause();
  }
}
