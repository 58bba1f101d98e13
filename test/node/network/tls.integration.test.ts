import { connect } from 'node:net';
import { NetworkError, Registry } from 'oras-js';
import { createFetch, type RunningServer, serve } from 'oras-js/node';
import { createRegistryServer, type RegistryServerOptions } from 'oras-js/server';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Certificate, Certificates } from '../../support/certificates.ts';
import { itemsOf, rejection } from '../../support/content.ts';
import { findExecutable } from '../../support/executables.mjs';
import { describeWith } from '../../support/registries.ts';

const user = { username: 'alice', password: 's3cret-pass' };
const users = { [user.username]: user.password };
const modes: readonly [string, RegistryServerOptions['auth']][] = [
  ['no authentication', undefined],
  ['basic', { scheme: 'basic', users }],
  ['bearer', { scheme: 'bearer', users }],
  ['basic before bearer', { scheme: ['basic', 'bearer'], users }],
  ['bearer before basic', { scheme: ['bearer', 'basic'], users }],
];

describeWith('TLS', { name: 'openssl', path: findExecutable('openssl') }, (openssl) => {
  let certificates: Certificates;
  let server: Certificate;
  let ca: string;
  const running: RunningServer[] = [];

  beforeAll(() => {
    certificates = new Certificates(openssl);
    server = certificates.server();
    ca = certificates.authority.cert;
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((it) => it.close()));
  });
  afterAll(() => certificates.remove());

  async function served(options?: RegistryServerOptions): Promise<RunningServer> {
    const started = await serve(createRegistryServer(options), { tls: server });
    running.push(started);
    return started;
  }

  /** The embedded registry, and a way to it as a user with these settings has it. */
  async function client(network: Parameters<typeof createFetch>[0]): Promise<{ registry: Registry; host: string }> {
    const { host } = await served();
    const fetch = await createFetch({ proxy: 'none', ...network });
    return { registry: new Registry({ plainHttp: false, retry: { limit: 0 }, fetch }), host };
  }

  describe.each(modes)('TLS: the embedded registry with %s', (_, auth) => {
    test.each(['127.0.0.1', 'localhost'])('a push and a pull over https at %s', async (hostname) => {
      const { port, url } = await served({ auth });
      expect(url).toBe(`https://127.0.0.1:${port}`);
      const fetch = await createFetch({ ca, proxy: 'none' });
      const registry = new Registry({ plainHttp: false, credentials: user, fetch });
      const reference = `${hostname}:${port}/org/hello:v1`;
      const { descriptor } = await registry.push(reference, [{ name: 'hello.txt', content: 'hi\n' }]);
      const { files } = await registry.pull(reference);
      expect(await (await files[0]!.blob()).text()).toBe('hi\n');
      expect((await registry.inspect(reference)).descriptor.digest).toBe(descriptor.digest);
      expect(await itemsOf(registry.tags(reference))).toEqual(['v1']);
    });
  });

  describe('TLS: trust', () => {
    test('the authorities may be a file', async () => {
      const { registry, host } = await client({ ca: certificates.authority.certFile });
      await registry.ping(host);
    });

    test('an authority that is not trusted is a NetworkError that says so, at once', async () => {
      const { host } = await served();
      const delay = (): number => {
        throw new Error('It must not be tried again');
      };
      const settings = { plainHttp: false, retry: { delay }, credentials: () => undefined };
      const fetch = await createFetch({ proxy: 'none' });
      const error = await rejection(new Registry({ ...settings, fetch }).ping(host));
      expect(error).toBeInstanceOf(NetworkError);
      expect(error).toMatchObject({ message: expect.stringMatching(/failed: unable to verify the first certificate/) });
      const platform = new Registry(settings);
      expect(await rejection(platform.ping(host))).toMatchObject({ message: (error as Error).message });
    });

    test('a certificate for another name is a NetworkError that says so', async () => {
      const { registry, host } = await client({ ca });
      const elsewhere = host.replace('127.0.0.1', '127.0.0.2');
      const other = await serve(createRegistryServer(), { tls: server, host: '127.0.0.2' });
      running.push(other);
      const error = await rejection(registry.ping(elsewhere.replace(/:\d+$/, `:${other.port}`)));
      expect(error).toBeInstanceOf(NetworkError);
      expect(error).toMatchObject({ message: expect.stringMatching(/does not match certificate's altnames/) });
    });

    test('insecureSkipVerify trusts everybody, and warns', async () => {
      const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
      const { registry, host } = await client({ insecureSkipVerify: true });
      expect((await warned).message).toMatch(/^Certificates are not verified/);
      await registry.ping(host);
    });

    test('http spoken to the https port, and https to an http port, are NetworkErrors', async () => {
      const { host } = await served();
      const plain = await serve(createRegistryServer());
      running.push(plain);
      const settings = { retry: { limit: 0 }, fetch: await createFetch({ ca, proxy: 'none' }) };
      expect(await rejection(new Registry({ ...settings, plainHttp: true }).ping(host))).toBeInstanceOf(NetworkError);
      const secure = new Registry({ ...settings, plainHttp: false });
      expect(await rejection(secure.ping(plain.host))).toBeInstanceOf(NetworkError);
    });
  });

  test('TLS: the server ends while a client has not finished its handshake', async () => {
    const { port, close } = await served();
    const socket = connect(port, '127.0.0.1');
    const ended = new Promise((resolve) => socket.once('error', resolve).once('close', resolve));
    await new Promise((resolve) => socket.once('connect', resolve));
    await close();
    await ended;
  });

  test('TLS: what is no certificate is an error before anything is sent', async () => {
    const text = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
    expect(await rejection(createFetch({ ca: text }))).toBeInstanceOf(Error);
    expect(await rejection(createFetch({ ca: `${certificates.directory}/missing.pem` }))).toMatchObject({
      code: 'ENOENT',
    });
    expect(await rejection(createFetch({ cert: server.cert, key: certificates.authority.key }))).toBeInstanceOf(Error);
  });

  test('TLS: a server without a usable certificate is an error at once', async () => {
    const broken = serve(createRegistryServer(), { tls: { cert: 'no certificate', key: server.key } });
    expect(await rejection(broken)).toBeInstanceOf(Error);
  });
});
