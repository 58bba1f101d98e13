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
  /** Port to listen on; 0 for any free port. Default 0. */
  port?: number | undefined;
  /** Uses any free port if `port` is in use; see the result's `port`. Default false: a port in use is an error. */
  anyPortIfTaken?: boolean | undefined;
  /** Address to listen on. Default `127.0.0.1`, reachable only from this machine. */
  host?: string | undefined;
  /**
   * Allowed `Host` headers, names and addresses without ports; other requests get 421. This prevents DNS rebinding: a
   * web page cannot reach the server under its own name. Default: the loopback names of this machine and `host`, if
   * `host` is one of them; otherwise any.
   */
  allowedHosts?: readonly string[] | undefined;
  /** TLS settings, to serve https. Default: http. */
  tls?:
    | {
        /** The certificate, optionally followed by its chain: PEM text. */
        cert: string;
        /** The private key of the certificate: PEM text. */
        key: string;
      }
    | undefined;
  /**
   * Idle timeout in milliseconds: how long a client may pause while it sends a request or receives a response. Default
   * one minute.
   */
  stallTimeout?: number | undefined;
  /**
   * Request timeout in milliseconds: how long a client may take to send a request with its body; 0 for no limit.
   * Default one hour.
   */
  requestTimeout?: number | undefined;
}

/** A running HTTP or HTTPS server. */
export interface RunningServer {
  /** Its URL, as in `http://127.0.0.1:5000`, or `https:` with `tls`. */
  url: string;
  /** Host and port, as in `127.0.0.1:5000`: the first part of a reference. */
  host: string;
  /** Its port. */
  port: number;
  /** Closes all connections and stops the server. */
  close(): Promise<void>;
  /** Calls `close` at the end of an `await using` block. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Serves a `Request` handler over HTTP or HTTPS. Bodies are streamed in both directions, without compression; the
 * `signal` of a request is aborted when its client disconnects.
 *
 * @example
 * import { serve } from 'oras-js/node';
 * import { createRegistryServer } from 'oras-js/server';
 *
 * const server = await serve(createRegistryServer(), { port: 5000, anyPortIfTaken: true });
 * render(server.url);
 *
 * @throws Error when `tls` is not a certificate with its key
 * @throws Error with the code `EADDRINUSE` when the port is in use, or another system error
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
      // `closeAllConnections` does not close connections that have not finished their TLS handshake.
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

/** Node checks its connections for timeouts only at intervals; the interval must not be longer than the timeout. */
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
