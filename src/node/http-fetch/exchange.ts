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
  /** Its connections. */
  agent: HttpAgent;
  /** Milliseconds until a connection must be there. */
  connectTimeout: number;
  /** Told how many bytes of the body the connection took. */
  tell: (bytes: number) => void;
  /** Ends the request, and the body of its answer. */
  signal: AbortSignal | null | undefined;
}

/** Bytes of a body a dead connection may have taken: the server of one that took more has most likely read of them. */
const mostTaken = 64 * 1024;

const withBody = ['POST', 'PUT', 'PATCH'];

/**
 * Sends one request and gives the answer as soon as its head is there. One that went over a kept connection which the
 * server had closed meanwhile is sent once more, over another, unless much of its body was taken.
 */
export async function exchange(outgoing: OutgoingRequest, options: ExchangeOptions): Promise<Answer> {
  const { body, headers, method, url } = outgoing;
  const length = body?.size ?? (withBody.includes(method) ? 0 : undefined);
  const settings: RequestOptions = {
    agent: options.agent.agent,
    method,
    // Without the brackets of an address of IPv6.
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

/** What a request failed with that a kept connection was too old for. */
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
      // After the answer it is for the body to fail; to end the request would throw away what is still to be read.
      if (isSettled) return;
      settle();
      reject(error);
      request.destroy();
    };
    // It stays: without it, what fails after the answer would end the process.
    request.on('error', (error) => {
      const isReset = ['ECONNRESET', 'EPIPE'].includes(codeOf(error));
      // A PATCH that was read after all must not be appended twice (RFC 9110, section 9.2.2).
      const isSafe = method !== 'PATCH' && taken <= mostTaken;
      const isDead = isReset && request.reusedSocket && received() === 0 && isSafe;
      fail(isDead ? new DeadConnection(error.message, { cause: error }) : plain(error));
    });
    request.once('response', (message: IncomingMessage) => {
      settle();
      resolve(answerOf(message, { request, isHead: method === 'HEAD', signal }));
    });
    release = onAbort(signal, () => fail(signal?.reason));
    // For an answer that switches protocols, which was not asked for.
    request.once('close', () => fail(new Error('the connection was closed before an answer')));
    if (body) sendBody(request, body, take).catch(fail);
    else request.end();
  });
}

/** Counts the bytes that come over the connection of a request, which may have brought other answers before. */
function bytesRead(request: ClientRequest): () => number {
  let before = 0;
  request.once('socket', (socket) => {
    before = socket.bytesRead;
  });
  return () => (request.socket?.bytesRead ?? 0) - before;
}

/** A failure that can be shown: the reason for one address, and nothing of what was sent or received. */
function plain(error: Error): Error {
  // A name with several addresses fails with an error for each, and no words of its own.
  if (error instanceof AggregateError && error.errors[0] instanceof Error) return error.errors[0];
  // That of an answer that makes no sense.
  if ('rawPacket' in error) Reflect.deleteProperty(error, 'rawPacket');
  return error;
}
