import type { ClientRequest, IncomingMessage } from 'node:http';
import type { RequestOptions } from 'node:https';
import { onAbort } from '../../aborts.ts';
import { codeOf } from '../system/system-errors.ts';
import { forgetIdle, type HttpAgent, limitConnecting } from './agents.ts';
import { type Answer, answerOf } from './answer.ts';
import type { OutgoingRequest } from './request.ts';
import { sendBody } from './send.ts';

/** How one request is sent. */
export interface ExchangeOptions {
  /** Its connection pool. */
  agent: HttpAgent;
  /** Connect timeout in milliseconds. */
  connectTimeout: number;
  /** Called with the number of bytes of the body that the connection accepted. */
  tell: (bytes: number) => void;
  /** Aborts the request, and the body of its response. */
  signal: AbortSignal | null | undefined;
}

/** Most bytes of a body that a dead connection may have accepted: with more, the server has most likely read some. */
const mostTaken = 64 * 1024;

const withBody = ['POST', 'PUT', 'PATCH'];

/**
 * Sends one request and returns the response as soon as its headers arrive. If a kept-alive connection turns out to be
 * closed by the server, the request is sent once more on a new connection, unless much of its body was sent.
 */
export async function exchange(outgoing: OutgoingRequest, options: ExchangeOptions): Promise<Answer> {
  const { body, headers, method, url } = outgoing;
  const length = body?.size ?? (withBody.includes(method) ? 0 : undefined);
  const settings: RequestOptions = {
    agent: options.agent.agent,
    method,
    // Without the brackets of an IPv6 address.
    hostname: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port || (url.protocol === 'https:' ? 443 : 80),
    path: url.pathname + url.search,
    headers: Object.fromEntries([
      ['host', url.host],
      ...headers,
      ...(length === undefined ? [] : [['content-length', length] as const]),
    ]),
  };
  try {
    return await attempt(outgoing, settings, options);
  } catch (error) {
    if (!(error instanceof DeadConnection) || options.signal?.aborted) throw error;
    forgetIdle(options.agent, settings);
    return attempt(outgoing, settings, options);
  }
}

/** The error of a request whose kept-alive connection was stale. */
class DeadConnection extends Error {
  override readonly name = 'Error';
}

function attempt(
  { body, method, url }: OutgoingRequest,
  settings: RequestOptions,
  { agent, connectTimeout, tell, signal }: ExchangeOptions,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = agent.request(settings);
    limitConnecting(request, `${url.hostname}:${settings.port}`, connectTimeout);
    const received = bytesRead(request);
    let taken = 0;
    const take = (bytes: number): void => {
      taken = bytes;
      tell(bytes);
    };
    let isSettled = false;
    let release = (): void => {};
    const settle = (): void => {
      isSettled = true;
      release();
    };
    const fail = (error: unknown): void => {
      // After the response, errors are those of the body; destroying the request would discard data not read yet.
      if (isSettled) return;
      settle();
      reject(error);
      request.destroy();
    };
    // Never removed: an error after the response would crash the process.
    request.on('error', (error) => {
      const isReset = ['ECONNRESET', 'EPIPE'].includes(codeOf(error));
      // A PATCH may have been processed, and must not be appended twice (RFC 9110, section 9.2.2).
      const isSafe = method !== 'PATCH' && taken <= mostTaken;
      const isDead = isReset && request.reusedSocket && received() === 0 && isSafe;
      fail(isDead ? new DeadConnection(error.message, { cause: error }) : plain(error));
    });
    request.once('response', (message: IncomingMessage) => {
      settle();
      resolve(answerOf(message, { request, isHead: method === 'HEAD', signal }));
    });
    release = onAbort(signal, () => fail(signal?.reason));
    // For a response that switches protocols without a request for it.
    request.once('close', () => fail(new Error('the connection was closed before an answer')));
    if (body) sendBody(request, body, take).catch(fail);
    else request.end();
  });
}

/** Counts the bytes received for one request; earlier responses on the same connection do not count. */
function bytesRead(request: ClientRequest): () => number {
  let before = 0;
  request.once('socket', (socket) => {
    before = socket.bytesRead;
  });
  return () => (request.socket?.bytesRead ?? 0) - before;
}

/** An error to show: the reason of one address, without any data sent or received. */
function plain(error: Error): Error {
  // A name with several addresses fails with an AggregateError, which has no message.
  if (error instanceof AggregateError && error.errors[0] instanceof Error) return error.errors[0];
  // The error of an invalid response.
  if ('rawPacket' in error) Reflect.deleteProperty(error, 'rawPacket');
  return error;
}
