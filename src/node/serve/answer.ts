import type { IncomingMessage, ServerResponse } from 'node:http';
import { TLSSocket } from 'node:tls';
import { isOrasError } from '../../errors.ts';
import { drain, IncomingBody, send } from './bodies.ts';

/** How requests are answered. */
export interface AnswerOptions {
  /** The handler, which makes the response. */
  handler: (request: Request) => Promise<Response> | Response;
  /** Allowed hosts, without ports; undefined for any. */
  allowedHosts: readonly string[] | undefined;
  /** Idle timeout of the client in milliseconds. */
  stallTimeout: number;
}

/**
 * Answers one request of node:http with a handler. Never rejects: an error becomes an error response, or closes the
 * connection.
 */
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
    // The idle timeout runs only while the server waits for the client, not while the handler works.
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
    // A handler that rejects as fetch does on a network error: the connection is closed without a response.
    const isBroken = error instanceof TypeError && isOrasError(error.cause, 'NETWORK');
    // Closes the connection: the client must not take an incomplete response for a complete one.
    if (isBroken || outgoing.headersSent || outgoing.destroyed) incoming.destroy();
    else await finish(failure(500, 'The server failed')).catch(() => incoming.destroy());
  }
}

/** Converts a node:http request to a `Request`, or to an error response. */
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
  // TypeScript's DOM types lack `duplex`, which the Fetch standard requires for a stream body.
  const content = bodiless ? {} : { body: body.stream, duplex: 'half' };
  try {
    // Concatenated, not resolved: a path that begins with // would name another host.
    return new Request(`${origin}${path}`, { method, headers, signal, ...content });
  } catch {
    return failure(501, `${method} is not possible here`);
  }
}

/** An error response in the format of registries (distribution-spec, "Error Codes"). */
function failure(status: number, message: string): Response {
  const body = JSON.stringify({ errors: [{ code: 'UNKNOWN', message }] });
  const headers = { 'content-type': 'application/json', 'content-length': `${Buffer.byteLength(body)}` };
  return new Response(body, { status, headers });
}
