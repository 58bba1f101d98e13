import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { NetworkError, Registry } from 'oras-js';
import { createFetch } from 'oras-js/node';
import { createRegistryServer } from 'oras-js/server';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { answer } from '../../../src/node/serve/answer.ts';
import { type Certificate, Certificates } from '../../support/certificates.ts';
import { rejection } from '../../support/content.ts';
import { findExecutable } from '../../support/executables.mjs';
import { describeWith } from '../../support/registries.ts';

describeWith('client certificate', { name: 'openssl', path: findExecutable('openssl') }, (openssl) => {
  let certificates: Certificates;
  let client: Certificate;
  let ca: string;
  let server: Server;
  let host: string;

  beforeAll(async () => {
    certificates = new Certificates(openssl);
    client = certificates.client();
    ca = certificates.authority.cert;
    const { cert, key } = certificates.server();
    const handler = createRegistryServer();
    server = createServer({ cert, key, ca, requestCert: true, rejectUnauthorized: true }, (incoming, outgoing) => {
      void answer(incoming, outgoing, { handler, allowedHosts: undefined, stallTimeout: 60_000 });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
    certificates.remove();
  });

  async function registryWith(network: Parameters<typeof createFetch>[0]): Promise<Registry> {
    const fetch = await createFetch({ ca, proxy: 'none', ...network });
    return new Registry({ plainHttp: false, retry: { limit: 0 }, credentials: () => undefined, fetch });
  }

  test('a client with one is let in, given as text or as files', async () => {
    const registry = await registryWith({ cert: client.cert, key: client.key });
    await registry.push(`${host}/org/hello:v1`, [{ name: 'hello.txt', content: 'hi\n' }]);
    const again = await registryWith({ cert: client.certFile, key: client.keyFile });
    const { files } = await again.pull(`${host}/org/hello:v1`);
    expect(await (await files[0]!.blob()).text()).toBe('hi\n');
  });

  test('a client without one gets a NetworkError', async () => {
    // Why the server hangs up is in an alert that comes after the handshake (TLS 1.3), and not always seen.
    expect(await rejection((await registryWith({})).ping(host))).toBeInstanceOf(NetworkError);
  });
});
