import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { readChunks } from '../../bytes/streams.ts';

/**
 * For how long (milliseconds), and how many bytes, the rest of a rejected request's body is read, so that the client
 * gets the response.
 */
const linger = { milliseconds: 2000, bytes: 16 * 1024 * 1024 };

/** The body of a request, read only on demand (backpressure). */
export class IncomingBody {
  /** The body as a web stream. */
  readonly stream: ReadableStream<Uint8Array>;
  /** True while a read waits for the client to send more. */
  isAwaited = false;

  /** The body of a request of node:http. */
  constructor(incoming: IncomingMessage) {
    // Not destroyed: the response still needs the connection.
    const chunks = incoming.iterator({ destroyOnReturn: false });
    this.stream = new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          this.isAwaited = true;
          const { done, value } = await chunks.next();
          this.isAwaited = false;
          if (done) controller.close();
          else controller.enqueue(value);
        },
        async cancel() {
          await chunks.return?.();
        },
      },
      { highWaterMark: 0 },
    );
  }
}

/** How a response is sent. */
export interface SendOptions {
  /** Sends `Connection: close`. */
  close: boolean;
  /** Sends no body, even if the response has one. */
  isHead: boolean;
}

/** Sends a response at the pace of the client (backpressure), except for its end. */
export async function send(
  { status, headers, body }: Response,
  outgoing: ServerResponse,
  { close, isHead }: SendOptions,
): Promise<void> {
  const gone = new AbortController();
  const abort = (): void => gone.abort(new Error('The client is gone'));
  outgoing.once('close', abort);
  try {
    const named: Record<string, string | string[]> = Object.fromEntries(headers);
    const cookies = headers.getSetCookie();
    if (cookies.length > 0) named['set-cookie'] = cookies;
    outgoing.writeHead(status, { ...named, ...(close && { connection: 'close' }) });
    outgoing.flushHeaders();
    if (!body || isHead) {
      await body?.cancel();
      return;
    }
    const write = async (chunk: Uint8Array): Promise<void> => {
      if (!outgoing.write(chunk)) await once(outgoing, 'drain', { signal: gone.signal });
    };
    await readChunks(body, write, gone.signal);
  } finally {
    outgoing.off('close', abort);
  }
}

/** Reads the rest of a request for a while: closing the connection immediately could lose the response on its way. */
export async function drain(incoming: IncomingMessage): Promise<void> {
  const timer = setTimeout(() => incoming.destroy(), linger.milliseconds);
  let left = linger.bytes;
  try {
    for await (const chunk of incoming) {
      left -= chunk.length;
      if (left < 0) break;
    }
  } finally {
    clearTimeout(timer);
  }
}
