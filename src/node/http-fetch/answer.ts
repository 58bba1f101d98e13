import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { onAbort } from '../../aborts.ts';
import { decoded } from './decode.ts';

/** A response. */
export interface Answer {
  /** Its status and headers. */
  message: IncomingMessage;
  /** Its body. */
  body: ReadableStream<Uint8Array<ArrayBuffer>> | null;
  /** Whether the request asked for `identity`: the body is not decoded, whatever its `Content-Encoding` says. */
  isRaw: boolean;
}

/** The request of a response. */
export interface AnswerOptions {
  /** The request. */
  request: ClientRequest;
  /** Whether it is a HEAD request. */
  isHead: boolean;
  /** Aborts the body. */
  signal: AbortSignal | null | undefined;
}

/** Bytes of a body to buffer in advance; a short body is received whole, which frees its connection. */
const readAhead = 64 * 1024;
/** How much of an unwanted body is drained to keep its connection: bytes, and milliseconds. */
const unwanted = { size: 64 * 1024, time: 1_000 };

/** Attaches to the response as soon as it arrives, so that no error event is missed. */
export function answerOf(message: IncomingMessage, { request, isHead, signal }: AnswerOptions): Answer {
  message.on('error', () => {});
  const status = message.statusCode ?? 0;
  const isRaw = request.getHeader('accept-encoding') === 'identity';
  if (isHead || [204, 205, 304].includes(status)) {
    // A server may send a body with a status that has none in fetch (205).
    if (isHead || status !== 205) message.resume();
    else discard(message, message, request);
    return { message, body: null, isRaw };
  }
  const source = isRaw ? message : decoded(message);
  return { message, body: bodyOf(source, message, request, signal), isRaw };
}

/** Converts the response to a `Response`. */
export function responseOf({ body, isRaw, message }: Answer, url: URL, redirected: boolean): Response {
  const { rawHeaders, statusCode: status = 0, statusMessage: statusText = '' } = message;
  try {
    const headers = new Headers();
    for (let i = 0; i < rawHeaders.length; i += 2) headers.append(rawHeaders[i] ?? '', rawHeaders[i + 1] ?? '');
    // In fetch, this header means that the body was decoded.
    if (isRaw) headers.delete('content-encoding');
    const response = new Response(body, { status, statusText, headers });
    return Object.defineProperties(response, { url: { value: url.href }, redirected: { value: redirected } });
  } catch (error) {
    // An invalid status, reason or header.
    body?.cancel().catch(() => {});
    throw error;
  }
}

function bodyOf(
  source: Readable,
  message: IncomingMessage,
  request: ClientRequest,
  signal: AbortSignal | null | undefined,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let settle = (): void => {};
  let release = (): void => {};
  return new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      start(controller) {
        const take = (chunk: Buffer<ArrayBuffer>): void => {
          controller.enqueue(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength));
          if ((controller.desiredSize ?? 0) <= 0) source.pause();
        };
        const end = (): void => {
          settle();
          controller.close();
        };
        const fail = (error: unknown): void => {
          settle();
          controller.error(error);
          source.destroy();
          request.destroy();
        };
        const broken = (error?: Error): void => fail(new TypeError('terminated', { cause: endOf(error) }));
        const events = { data: take, end, error: broken, close: broken } as const;
        settle = () => {
          settle = () => {};
          release();
          for (const [name, listener] of Object.entries(events)) source.off(name, listener);
        };
        for (const [name, listener] of Object.entries(events)) source.on(name, listener);
        release = onAbort(signal, () => fail(signal?.reason));
      },
      pull() {
        source.resume();
      },
      cancel() {
        settle();
        discard(source, message, request);
      },
    },
    { highWaterMark: readAhead, size: ({ byteLength }) => byteLength },
  );
}

/**
 * Drains the rest of an unwanted body if it is short, to keep the connection; otherwise destroys it. The rest is not
 * decoded: a few bytes can expand to gigabytes.
 */
function discard(source: Readable, message: IncomingMessage, request: ClientRequest): void {
  const { complete, headers, socket } = message;
  if (source !== message) {
    message.unpipe();
    source.destroy();
  }
  if (!complete) {
    if (Number(headers['content-length'] ?? 0) > unwanted.size) return void request.destroy();
    let size = 0;
    const timer = setTimeout(() => request.destroy(), unwanted.time).unref();
    message.on('data', ({ byteLength }: Buffer) => {
      size += byteLength;
      if (size >= unwanted.size) request.destroy();
    });
    message.once('close', () => clearTimeout(timer));
    // An unwanted body must not keep the process alive.
    socket.unref();
  }
  message.resume();
}

/** Node calls a truncated response `aborted`, which sounds like an abort by the caller. */
function endOf(error: Error | undefined): Error {
  if (error && error.message !== 'aborted') return error;
  return Object.assign(new Error('the connection was closed before the end of the answer'), { code: 'ECONNRESET' });
}
