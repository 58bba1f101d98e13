import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A way to a registry on which connections break. */
export interface CuttingProxy {
  /** Its host and port. */
  host: string;
  /** How many connections it has broken. */
  readonly broken: number;
  /** Ends it with all that goes through it. */
  close(): Promise<void>;
}

/**
 * Hands on what goes to and comes from a host, of which no connection brings more bytes than the next of these numbers;
 * once there are none left, connections last.
 */
export async function startCuttingProxy(host: string, cuts: Iterable<number>): Promise<CuttingProxy> {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => {}).once('close', () => sockets.delete(socket));
  };
  const budgets = cuts[Symbol.iterator]();
  const [hostname = '', port = ''] = host.split(':');
  let broken = 0;
  const server = createServer((client) => {
    const target = connect(Number(port), hostname);
    keep(client);
    keep(target);
    let left: number = budgets.next().value ?? Number.POSITIVE_INFINITY;
    target.on('data', (data: Buffer) => {
      if (left <= 0) return;
      const part = data.subarray(0, left);
      left -= data.byteLength;
      if (left <= 0) {
        broken++;
        target.destroy();
        client.write(part, () => client.destroy());
      } else if (!client.write(part)) {
        target.pause();
        client.once('drain', () => target.resume());
      }
    });
    client.pipe(target);
    target.once('end', () => client.end());
    client.once('close', () => target.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  return {
    host: `127.0.0.1:${address.port}`,
    get broken() {
      return broken;
    },
    async close() {
      const ended = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await ended;
    },
  };
}
