import type { Fetch } from '../../remote/http/fetch.ts';

/**
 * Target time for one piece in milliseconds: with a longer one progress seems to stand still, a shorter one costs CPU.
 */
const pieceTime = { least: 50, most: 500 };
const pieceSize = { least: 16 * 1024, first: 64 * 1024, most: 1024 * 1024 };

/**
 * A fetch that also reports to `onSent` how many bytes of a Blob the connection accepted; Node's own fetch and undici
 * cannot do that. The `Content-Length` is sent as before.
 */
export function withSentBytes(fetch: Fetch): Fetch {
  return (url, init) => {
    const { body, onSent } = init ?? {};
    if (!onSent || !(body instanceof Blob)) return fetch(url, init);
    return fetch(url, { ...init, body: watched(body, onSent) });
  };
}

/** The same content, but its stream reports the bytes read from it; fetch uses only the stream, size and type. */
function watched(content: Blob, onSent: (bytes: number) => void): Blob {
  // A real Blob, not a proxy of one: some runtimes use internal slots.
  const whole = content.slice(0, content.size, content.type);
  // A foreign Blob class without slices: sent without progress.
  if (whole.size !== content.size) return content;
  return Object.defineProperty(whole, 'stream', { value: () => inPieces(content.stream(), onSent) });
}

/** Splits the stream into small pieces. A read of the next piece means that the pieces before were sent. */
function inPieces(stream: ReadableStream<Uint8Array>, onSent: (bytes: number) => void): ReadableStream<Uint8Array> {
  const reader = stream.getReader();
  let rest: Uint8Array = new Uint8Array();
  const pieces = new PieceSize();
  let sent = 0;
  let since = 0;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (sent > 0) {
          onSent(sent);
          pieces.took(performance.now() - since);
        }
        if (rest.byteLength === 0) {
          const { done, value } = await reader.read();
          if (done) return controller.close();
          rest = value;
        }
        const piece = rest.subarray(0, pieces.size);
        rest = rest.subarray(piece.byteLength);
        sent += piece.byteLength;
        since = performance.now();
        controller.enqueue(piece);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}

/** Adapts the size of a piece, so that progress is reported often, but not too often. */
export class PieceSize {
  #size = pieceSize.first;

  /** Size of the next piece in bytes. */
  get size(): number {
    return this.#size;
  }

  /** Records how many milliseconds the last piece took. */
  took(milliseconds: number): void {
    if (milliseconds < pieceTime.least) this.#size = Math.min(this.#size * 2, pieceSize.most);
    else if (milliseconds > pieceTime.most) this.#size = Math.max(this.#size / 2, pieceSize.least);
  }
}
