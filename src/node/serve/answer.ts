import type { IncomingMessage, ServerResponse } from 'node:http';
import { TLSSocket } from 'node:tls';
import { isOrasError } from '../../errors.ts';
import { drain, IncomingBody, send } from './bodies.ts';

/** What a request is answered with. */
export interface AnswerOptions {
  /** Makes the answer. */
  handler: (request: Request) => Promise<Response> | Response;
  /** Hosts that may be asked for, without ports; undefined for any. */
  allowedHosts: readonly string[] | undefined;
  /** How long the client may stand still, in milliseconds. */
  stallTimeout: number;
}

/** Answers one request of node:http with a handler. Never rejects: what fails is answered, or the connection ended. */
export async function answer(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { handler, allowedHosts, stallTimeout }: AnswerOptions,
): Promise<void> {
  const body = new IncomingBody(incoming);
  const gone = new AbortController();
  outgoing.once('close', () => {
    if (!outgoing.writableFinished) gone.abort(new Error('The client is gone'));
  });
  outgoing.setTimeout(stallTimeout, () => {
    // Only while the client is waited for, and not while the handler works: that may take its time.
    const waits = body.isAwaited || outgoing.writableNeedDrain || outgoing.writableEnded;
    if (waits) incoming.destroy();
    else incoming.socket.setTimeout(stallTimeout);
  });
  const finish = async (response: Response): Promise<void> => {
    await send(response, outgoing, { close: !incoming.complete, isHead: incoming.method === 'HEAD' });
    if (!incoming.complete) await drain(incoming);
    outgoing.end();
  };
  try {
    const request = requestOf(incoming, body, gone.signal, allowedHosts);
    await finish(request instanceof Request ? await handler(request) : request);
  } catch (error) {
    // A handler that fails as fetch does means that there is no answer.
    const isBroken = error instanceof TypeError && isOrasError(error.cause, 'NETWORK');
    // Half an answer must not be taken for a whole one, so its connection breaks.
    if (isBroken || outgoing.headersSent || outgoing.destroyed) incoming.destroy();
    else await finish(failure(500, 'The server failed')).catch(() => incoming.destroy());
  }
}

/** The request in the words of fetch, or why there is none. */
function requestOf(
  incoming: IncomingMessage,
  body: IncomingBody,
  signal: AbortSignal,
  allowedHosts: readonly string[] | undefined,
): Request | Response {
  const { method = 'GET', rawHeaders } = incoming;
  const { host } = incoming.headers;
  const path = incoming.url ?? '';
  const scheme = incoming.socket instanceof TLSSocket ? 'https' : 'http';
  if (host === undefined || !path.startsWith('/') || !URL.canParse(`${scheme}://${host}/`)) {
    return failure(400, 'The request has no valid path and Host');
  }
  const { origin, hostname } = new URL(`${scheme}://${host}/`);
  if (allowedHosts && !allowedHosts.includes(hostname)) return failure(421, 'This server does not answer to that host');
  const headers = new Headers();
  for (let i = 0; i < rawHeaders.length; i += 2) headers.append(rawHeaders[i] ?? '', rawHeaders[i + 1] ?? '');
  const bodiless = method === 'GET' || method === 'HEAD';
  // TypeScript's DOM types do not know `duplex`, without which fetch's standard refuses a stream.
  const content = bodiless ? {} : { body: body.stream, duplex: 'half' };
  try {
    // Put together as text: a path that begins with // would otherwise name another host.
    return new Request(`${origin}${path}`, { method, headers, signal, ...content });
  } catch {
    return failure(501, `${method} is not possible here`);
  }
}

/** In the form of a registry's errors, which any client can show. */
function failure(status: number, message: string): Response {
  const body = JSON.stringify({ errors: [{ code: 'UNKNOWN', message }] });
  const headers = { 'content-type': 'application/json', 'content-length': `${Buffer.byteLength(body)}` };
  return new Response(body, { status, headers });
}
