import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { digestOf, MemoryStorage, Registry } from 'oras-js';
import { createRegistryServer } from 'oras-js/server';
import { afterEach, describe, expect, test } from 'vitest';
import { noise } from '../../support/noise.ts';
import { pathsBelow } from '../../support/upload-registry.ts';

const largest = 1_000_000;
const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

/** A registry behind what answers 413 before a large body has come, and then closes the connection, as nginx does. */
async function limited(end: 'closed' | 'reset'): Promise<{ host: string; storage: MemoryStorage; log: string[] }> {
  const storage = new MemoryStorage();
  const registry = createRegistryServer({ storage });
  const log: string[] = [];
  const server = createServer(async (incoming, outgoing) => {
    const { method = 'GET', url = '', headers } = incoming;
    const size = Number(headers['content-length'] ?? 0);
    log.push(`${method} ${size}`);
    if (size > largest) {
      outgoing.writeHead(413, { connection: 'close', 'content-length': '0' });
      outgoing.end(() => (end === 'reset' ? incoming.socket.resetAndDestroy() : incoming.socket.destroySoon()));
      return;
    }
    const body = await buffer(incoming);
    const hasBody = method !== 'GET' && method !== 'HEAD';
    const answer = await registry(`http://localhost${url}`, {
      method,
      headers: Object.entries(headers).filter(([name]) => /^content-(range|type)$/.test(name)) as [string, string][],
      ...(hasBody && { body }),
    });
    outgoing.writeHead(answer.status, Object.fromEntries(answer.headers));
    outgoing.end(Buffer.from(await answer.arrayBuffer()));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  servers.push(server);
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, storage, log };
}

describe('uploads: 413 before all of a body was sent, and the connection is gone', () => {
  test.for<['closed' | 'reset', number, number | undefined]>([
    ['closed', 3_000_000, undefined],
    ['closed', 20_000_000, undefined],
    ['closed', 20_000_000, 8_000_000],
    ['reset', 3_000_000, undefined],
    ['reset', 20_000_000, undefined],
    ['reset', 20_000_000, 8_000_000],
  ])('%s, of %i bytes in chunks of %s: in chunks that it takes', async ([end, size, chunkSize]) => {
    const { host, storage, log } = await limited(end);
    const bytes = noise(size, 81);
    const registry = new Registry({ retry: { delay: () => 0 } });
    const files = [{ name: 'big.bin', content: new Blob([bytes]) }];
    await registry.push(`${host}/org/big:v1`, files, { chunkSize });
    const [file] = (await registry.pull(`${host}/org/big:v1`)).files;
    expect(digestOf(new Uint8Array(await (await file!.blob()).arrayBuffer()))).toBe(digestOf(bytes));
    expect(await pathsBelow(storage, '_uploads/')).toEqual([]);
    expect(log.length).toBeLessThan(120);
  });
});
