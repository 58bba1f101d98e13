import type { ClientRequest } from 'node:http';
import type { Socket } from 'node:net';
import { PieceSize } from './sent-bytes.ts';

/** Milliseconds that the rest of a body may take once its answer was read: a server that wants none of it may stay. */
const restTime = 1_000;

/**
 * Sends a Blob as the body of a request, a piece after the other, and tells how much the connection took. When the
 * request ends, or its answer comes before all was sent, nothing more is read; the connection then ends after the answer.
 *
 * @throws whatever reading the Blob and `tell` throw; failures of the connection are the request's own
 */
export async function sendBody(request: ClientRequest, body: Blob, tell: (bytes: number) => void): Promise<void> {
  const reader = body.stream().getReader();
  let given = 0;
  let isOver = false;
  let wake = (): void => {};
  const stop = (): void => {
    isOver = true;
    wake();
    reader.cancel().catch(() => {});
  };
  request.once('socket', readBeforeEnd);
  request.once('close', stop);
  request.once('response', (message) => {
    const isEarly = given < body.size;
    if (isEarly) stop();
    message.once('end', () => {
      if (isEarly) request.destroy();
      else if (!request.writableFinished)
        setTimeout(() => request.writableFinished || request.destroy(), restTime).unref();
    });
  });
  const write = (piece: Uint8Array): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve;
      given += piece.byteLength;
      request.write(piece, (error) => {
        if (error) stop();
        resolve();
      });
    });
  const pieces = new PieceSize();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (isOver) return;
      if (done) break;
      for (let offset = 0; offset < value.byteLength; ) {
        const since = performance.now();
        const piece = value.subarray(offset, offset + pieces.size);
        offset += piece.byteLength;
        if (given + piece.byteLength > body.size) throw new Error('the content is longer than it was said to be');
        await write(piece);
        if (isOver) return;
        pieces.took(performance.now() - since);
        tell(given);
      }
    }
    if (given < body.size) throw new Error('the content is shorter than it was said to be');
    request.end();
  } catch (error) {
    reader.cancel(error).catch(() => {});
    throw error;
  }
}

type Written = (error?: Error | null) => void;

/**
 * Lets a connection that can no longer be written to be read to its end first, where the answer may be that says why:
 * a server that refuses an upload answers, and closes the connection.
 */
function readBeforeEnd(socket: Socket): void {
  if (Object.hasOwn(socket, '_write')) return;
  const later =
    (written: Written): Written =>
    (error) => {
      // What has arrived is read in the next turn of the event loop.
      if (error) setImmediate(() => setImmediate(written, error));
      else written();
    };
  const { _write, _writev } = socket;
  socket._write = (chunk, encoding, written) => _write.call(socket, chunk, encoding, later(written));
  if (_writev) socket._writev = (chunks, written) => _writev.call(socket, chunks, later(written));
}
