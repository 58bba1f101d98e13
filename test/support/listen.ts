import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server that listens. */
export interface ListeningServer {
  /** Host and port. */
  host: string;
  /** Ends it, and its connections. */
  close(): Promise<void>;
}

/** Has a server listen on a free port of the loopback interface. */
export async function listen(server: Server): Promise<ListeningServer> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = async (): Promise<void> => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  };
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}
