import { createServer } from 'node:http';
import { type ListeningServer, listen } from './listen.ts';

/**
 * Starts a server of pages of any origin that does not read a body which is PUT to a path before somebody asks for that
 * path with GET: whoever sends much is in the middle of it until then.
 */
export function startGate(): Promise<ListeningServer> {
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
  return listen(server);
}
