import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { onAbort } from '../../aborts.ts';
import type { AbortOptions } from '../../options.ts';
import { isLoopbackHost, loopbackHosts } from '../../remote/trust/address.ts';
import { codeOf } from '../system/system-errors.ts';
import { bracketed, urlHost } from '../system/url-host.ts';
import { answer } from './answer.ts';

/** Options of {@link serve}. */
export interface ServeOptions extends AbortOptions {
  /** Port to listen on; 0 takes any that is free. Default 0. */
  port?: number | undefined;
  /** Takes any free port when `port` is in use; the result says which. Default false: that is an error. */
  anyPortIfTaken?: boolean | undefined;
  /** Address to listen on. Default `127.0.0.1`, which only programs on this machine reach. */
  host?: string | undefined;
  /**
   * Names and addresses, without ports, that requests may be made to; others are refused with 421, so that no page can
   * get in under a name of its own (DNS rebinding). Default: those of this machine's loopback and `host` when `host`
   * is one of them, otherwise any.
   */
  allowedHosts?: readonly string[] | undefined;
  /** Serves https. Default: http. */
  tls?:
    | {
        /** The certificate, which those above it may follow: PEM text. */
        cert: string;
        /** The certificate's private key: PEM text. */
        key: string;
      }
    | undefined;
  /** How long a client may send nothing, or take nothing, while it is waited for, in milliseconds. Default one minute. */
  stallTimeout?: number | undefined;
  /** How long a client may take to send a request, its body included, in milliseconds; 0 for any time. Default one hour. */
  requestTimeout?: number | undefined;
}

/** A running HTTP or HTTPS server. */
export interface RunningServer {
  /** Its address, as in `http://127.0.0.1:5000`; with `tls` it begins with `https`. */
  url: string;
  /** Host and port, as in `127.0.0.1:5000`: the first part of a reference. */
  host: string;
  /** Its port. */
  port: number;
  /** Ends all connections and the server. */
  close(): Promise<void>;
  /** The same at the end of the block, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Serves a handler of `Request`s over HTTP, or HTTPS. Bodies are streamed both ways and never compressed; a handler's `signal` is
 * aborted when its client is gone.
 *
 * @example
 * import { serve } from 'oras-js/node';
 * import { createRegistryServer } from 'oras-js/server';
 *
 * const server = await serve(createRegistryServer(), { port: 5000, anyPortIfTaken: true });
 * render(server.url);
 *
 * @throws Error when `tls` is no certificate with its key
 * @throws Error with the code `EADDRINUSE` when the port is in use, or the system's error when it cannot be had
 */
export async function serve(
  handler: (request: Request) => Promise<Response> | Response,
  options: ServeOptions = {},
): Promise<RunningServer> {
  const { signal, host = '127.0.0.1', port = 0, stallTimeout = 60_000 } = options;
  signal?.throwIfAborted();
  const hostname = urlHost(host);
  const allowedHosts = options.allowedHosts ?? (isLoopbackHost(hostname) ? [...loopbackHosts, hostname] : undefined);
  const server = createFor(options, (incoming, outgoing) => {
    void answer(incoming, outgoing, { handler, allowedHosts, stallTimeout });
  });
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await listen(server, host, port, options.anyPortIfTaken ?? false);
  let release = (): void => {};
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      release();
      server.close(() => resolve());
      // `closeAllConnections` does not know those that have not finished their TLS handshake.
      for (const socket of sockets) socket.destroy();
    });
  if (signal?.aborted) {
    await close();
    signal.throwIfAborted();
  }
  release = onAbort(signal, () => void close());
  const { port: actual } = server.address() as AddressInfo;
  const shown = `${bracketed(host)}:${actual}`;
  const running = { url: `${options.tls ? 'https' : 'http'}://${shown}`, host: shown, port: actual, close };
  return Object.assign(running, { [Symbol.asyncDispose]: close });
}

function createFor({ tls, requestTimeout }: ServeOptions, listener: RequestListener): Server {
  if (!tls) return createServer(timeouts(requestTimeout), listener);
  return createTlsServer({ cert: tls.cert, key: tls.key, ...timeouts(requestTimeout) }, listener);
}

/** Node looks at its connections now and then only, so it must do that at least as often as it is to find something. */
function timeouts(requestTimeout = 60 * 60 * 1000): ServerOptions {
  const headersTimeout = Math.min(30_000, requestTimeout || Number.POSITIVE_INFINITY);
  return { requestTimeout, headersTimeout, connectionsCheckingInterval: headersTimeout };
}

async function listen(server: Server, host: string, port: number, anyPortIfTaken: boolean): Promise<void> {
  try {
    await listening(server, host, port);
  } catch (error) {
    if (codeOf(error) !== 'EADDRINUSE') throw error;
    if (anyPortIfTaken) return listening(server, host, 0);
    const taken = new Error(`Port ${port} of ${host} is in use by another program`, { cause: error });
    throw Object.assign(taken, { code: 'EADDRINUSE' });
  }
}

function listening(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
