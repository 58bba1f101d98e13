import type { Fetch } from '../../remote/http/fetch.ts';

/** Milliseconds one piece may take: more would look as if nothing were sent, less is work for nothing. */
const pieceTime = { least: 50, most: 500 };
const pieceSize = { least: 16 * 1024, first: 64 * 1024, most: 1024 * 1024 };

/**
 * A fetch that also tells `onSent` how much of a Blob was taken by the connection, which Node's own and undici's cannot.
 * The Blob's length is sent as before.
 */
export function withSentBytes(fetch: Fetch): Fetch {
  return (url, init) => {
    const { body, onSent } = init ?? {};
    if (!onSent || !(body instanceof Blob)) return fetch(url, init);
    return fetch(url, { ...init, body: watched(body, onSent) });
  };
}

/** The same content, which tells how much of its stream was taken: a fetch asks for nothing but that, size and type. */
function watched(content: Blob, onSent: (bytes: number) => void): Blob {
  // A Blob of its own with the same bytes, and not an object around it: some runtimes look inside.
  const whole = content.slice(0, content.size, content.type);
  // Somebody else's kind of Blob, who did not think of parts: it is sent in silence.
  if (whole.size !== content.size) return content;
  return Object.defineProperty(whole, 'stream', { value: () => inPieces(content.stream(), onSent) });
}

/** The stream in pieces that are sent in a moment each. Whoever asks for the next one has sent those before. */
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

/** How many bytes to send at a time, so that it is told often enough and not for nothing. */
export class PieceSize {
  #size = pieceSize.first;

  /** Bytes of the next piece. */
  get size(): number {
    return this.#size;
  }

  /** Notes how many milliseconds the last piece took. */
  took(milliseconds: number): void {
    if (milliseconds < pieceTime.least) this.#size = Math.min(this.#size * 2, pieceSize.most);
    else if (milliseconds > pieceTime.most) this.#size = Math.max(this.#size / 2, pieceSize.least);
  }
}
