import { NetworkError, Registry } from 'oras-js';
import { createFetch, type NetworkOptions, type RunningServer, serve } from 'oras-js/node';
import { createRegistryServer } from 'oras-js/server';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test, vi } from 'vitest';
import { Certificates } from '../../support/certificates.ts';
import { rejection } from '../../support/content.ts';
import { findExecutable } from '../../support/executables.mjs';
import { startProxy, type TestProxy } from '../../support/proxy.ts';
import { describeWith } from '../../support/registries.ts';

const user = { username: 'alice', password: 's3cret-pass' };
const auth = { scheme: 'bearer' as const, users: { [user.username]: user.password } };
const variables = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy'];
let proxy: TestProxy;
const running: RunningServer[] = [];

beforeEach(async () => {
  for (const name of variables) vi.stubEnv(name, undefined);
  proxy = await startProxy();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await proxy.close();
  await Promise.all(running.splice(0).map((it) => it.close()));
});

async function pushAndPull(url: string, network: NetworkOptions): Promise<void> {
  const { host, protocol } = new URL(url);
  const settings = { plainHttp: protocol === 'http:', credentials: user, retry: { limit: 0 } };
  const registry = new Registry({ ...settings, fetch: await createFetch(network) });
  await registry.push(`${host}/org/hello:v1`, [{ name: 'hello.txt', content: 'hi\n' }]);
  const { files } = await registry.pull(`${host}/org/hello:v1`);
  expect(await (await files[0]!.blob()).text()).toBe('hi\n');
}

/** Whom the proxy was asked for, each once: tunnels, and the origins of plain requests. */
const asked = (): string[] => [...new Set(proxy.log.map((line) => line.replace(/^[A-Z]+ (http:\/\/[^/]+).*/, '$1')))];

describe('proxy: a registry over http', () => {
  let host: string;
  let url: string;
  beforeEach(async () => {
    const server = await serve(createRegistryServer({ auth }));
    running.push(server);
    ({ host, url } = server);
  });

  test('is reached through the proxy that is given', async () => {
    await pushAndPull(url, { proxy: proxy.url });
    expect(asked()).toEqual([url]);
  });

  test('is reached through the one of the environment, which is the default', async () => {
    vi.stubEnv('HTTP_PROXY', proxy.url);
    await pushAndPull(url, {});
    await pushAndPull(url, { proxy: 'environment' });
    expect(asked()).toEqual([url]);
  });

  test('is reached directly when NO_PROXY says so, and with none', async () => {
    vi.stubEnv('http_proxy', proxy.url);
    await pushAndPull(url, { proxy: 'none' });
    for (const exception of ['127.0.0.1', host, 'example.com, 127.0.0.1', '*']) {
      vi.stubEnv('NO_PROXY', exception);
      await pushAndPull(url, {});
    }
    expect(proxy.log).toEqual([]);
    vi.stubEnv('NO_PROXY', 'example.com,127.0.0.1:1');
    await pushAndPull(url, {});
    expect(asked()).toEqual([url]);
  });

  test('a proxy that is not there is a NetworkError', async () => {
    const gone = pushAndPull(url, { proxy: `http://${inject('closedHost')}` });
    const error = await rejection(gone);
    expect(error).toBeInstanceOf(NetworkError);
    expect(error).toMatchObject({ message: expect.stringContaining('ECONNREFUSED') });
  });
});

describeWith('proxy: a registry over https', { name: 'openssl', path: findExecutable('openssl') }, (openssl) => {
  let certificates: Certificates;
  let ca: string;
  let host: string;
  let url: string;
  beforeAll(() => {
    certificates = new Certificates(openssl);
    ca = certificates.authority.cert;
  });
  afterAll(() => certificates.remove());
  beforeEach(async () => {
    const server = await serve(createRegistryServer({ auth }), { tls: certificates.server() });
    running.push(server);
    ({ host, url } = server);
  });

  test('is reached through a tunnel, and verified with the authorities that are given', async () => {
    await pushAndPull(url, { proxy: proxy.url, ca });
    expect(asked()).toEqual([`CONNECT ${host}`]);
    const error = await rejection(pushAndPull(url, { proxy: proxy.url }));
    expect(error).toMatchObject({ code: 'NETWORK', message: expect.stringContaining('unable to verify') });
  });

  test('is reached through the one of the environment', async () => {
    vi.stubEnv('HTTP_PROXY', 'http://127.0.0.1:9');
    vi.stubEnv('HTTPS_PROXY', proxy.url);
    await pushAndPull(url, { ca });
    expect(asked()).toEqual([`CONNECT ${host}`]);
    vi.stubEnv('NO_PROXY', '127.0.0.1');
    await pushAndPull(url, { ca });
    expect(asked()).toHaveLength(1);
  });

  test('a proxy that refuses is a NetworkError, and its password stays secret', async () => {
    await proxy.close();
    proxy = await startProxy({ refuse: 407 });
    const refused = await rejection(pushAndPull(url, { ca, proxy: proxy.url.replace('://', '://bob:SECRET@') }));
    expect(refused).toBeInstanceOf(NetworkError);
    expect(String(refused)).not.toContain('SECRET');
    expect(proxy.log).toHaveLength(1);
  });

  test('a proxy that hangs up is a NetworkError, and left alone', async () => {
    // No handler of tunnels: Node hangs up, and nothing else.
    const server = await serve(createRegistryServer());
    running.push(server);
    const { port } = server;
    const error = await rejection(pushAndPull(url, { ca, proxy: `http://127.0.0.1:${port}` }));
    expect(error).toBeInstanceOf(NetworkError);
    expect(error).toMatchObject({ message: expect.stringMatching(/other side closed|ECONNRESET/) });
  });
});
