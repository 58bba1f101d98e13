import type { ClientRequest } from 'node:http';
import type { Socket } from 'node:net';
import { PieceSize } from './sent-bytes.ts';

/**
 * Milliseconds to send the rest of a body after its response was read: a server may stop reading, but keep the
 * connection.
 */
const restTime = 1_000;

/**
 * Sends a Blob as the body of a request, piece by piece, and reports how much the connection accepted. When the request
 * ends, or its response arrives before all was sent, nothing more is read; the connection is then closed after the
 * response.
 *
 * @throws the errors of the Blob and of `tell`; errors of the connection are emitted by the request
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
 * Reads a connection that can no longer be written to, up to its end: it may hold the response with the reason. A
 * server that rejects an upload responds and closes the connection.
 */
function readBeforeEnd(socket: Socket): void {
  if (Object.hasOwn(socket, '_write')) return;
  const later =
    (written: Written): Written =>
    (error) => {
      // Received data is read in the next turn of the event loop.
      if (error) setImmediate(() => setImmediate(written, error));
      else written();
    };
  const { _write, _writev } = socket;
  socket._write = (chunk, encoding, written) => _write.call(socket, chunk, encoding, later(written));
  if (_writev) socket._writev = (chunks, written) => _writev.call(socket, chunks, later(written));
}
