import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RegistryProcess } from './registry-process.ts';

/**
 * Starts a server of pages of any origin that does not read a body which is PUT to a path before somebody asks for that
 * path with GET: whoever sends much is in the middle of it until then.
 */
export async function startGate(): Promise<RegistryProcess> {
  const opened = new Set<string>();
  const waiting = new Map<string, () => void>();
  const server = createServer((request, response) => {
    const { method, url = '' } = request;
    response.setHeader('access-control-allow-origin', '*');
    response.setHeader('access-control-allow-methods', 'GET, PUT');
    if (method === 'PUT') {
      if (opened.has(url)) request.resume();
      else waiting.set(url, () => request.resume());
      request.once('end', () => response.end());
      return;
    }
    // Not for a preflight. It may come first, over another connection.
    if (method === 'GET') {
      opened.add(url);
      waiting.get(url)?.();
    }
    response.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}
