import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';

/** A page in which a file can be chosen, and the client for browsers beside it. */
export interface PageServer {
  /** Where the page is. */
  url: string;
  /** Ends it. */
  close(): void;
}

const page = '<!doctype html><title>bench</title><input type="file">';
const built = join(import.meta.dirname, '../../dist');
/** The client for browsers, and the workers it starts. */
const scripts = ['/oras.min.js', '/chunks/ky.min.js', '/browser/hash-worker.js', '/browser/deflate-worker.js'];

/** Serves the page on a free port of the loopback interface. */
export async function servePage(): Promise<PageServer> {
  const server = createServer(({ url = '' }, response) => {
    if (url === '/') response.setHeader('content-type', 'text/html').end(page);
    else if (scripts.includes(url))
      response.setHeader('content-type', 'text/javascript').end(readFileSync(join(built, url)));
    else response.writeHead(404).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the system gave no port');
  return { url: `http://127.0.0.1:${address.port}/`, close: () => server.close() };
}
