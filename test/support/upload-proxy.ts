import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A proxy of TCP on the loopback interface that breaks connections while something is sent. */
export interface UploadProxy {
  /** Host and port. */
  host: string;
  /** How many connections were broken. */
  cuts: () => number;
  /** Gives new connections this limit from now on. */
  limitAt(bytes: number): void;
  /** Ends it with all that goes through it. */
  close(): Promise<void>;
}

/**
 * Starts a proxy in front of a host. Each new connection takes the next limit: after so many bytes of its client both
 * its sides are destroyed. When there are no more, connections are left alone. With `onLimit` they are not destroyed, but
 * nothing more goes through, and it is told; all connections then share one limit.
 */
export async function startUploadProxy(target: string, limits: number[], onLimit?: () => void): Promise<UploadProxy> {
  const [hostname = '', port = ''] = target.split(':');
  const sockets = new Set<Socket>();
  let cuts = 0;
  let shared: { left: number } | undefined;
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => {}).once('close', () => sockets.delete(socket));
  };
  const server = createServer((client) => {
    const onward = connect(Number(port), hostname);
    for (const socket of [client, onward]) keep(socket);
    const budget = shared ?? { left: limits.shift() ?? Number.POSITIVE_INFINITY };
    if (onLimit) shared = budget;
    onward.pipe(client);
    client.on('data', (data: Buffer) => {
      if (budget.left <= 0) return;
      const through = data.subarray(0, budget.left);
      budget.left -= data.length;
      const isOver = budget.left <= 0;
      if (isOver) cuts++;
      const after = (): void => {
        if (!isOver) return;
        if (onLimit) onLimit();
        else for (const socket of [client, onward]) socket.resetAndDestroy();
      };
      if (!onward.write(through, after) && !isOver) {
        client.pause();
        onward.once('drain', () => client.resume());
      }
    });
    client.once('close', () => onward.destroy());
    onward.once('close', () => client.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = async (): Promise<void> => {
    const ended = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await ended;
  };
  const limitAt = (bytes: number): void => {
    limits.splice(0, limits.length, ...Array<number>(100).fill(bytes));
    shared = undefined;
  };
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, cuts: () => cuts, limitAt, close };
}
