import { NetworkError, Registry, type RegistryOptions } from 'oras-js';
import { createFetch, type RunningServer, serve } from 'oras-js/node';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Certificate, Certificates } from '../../support/certificates.ts';
import { itemsOf, rejection } from '../../support/content.ts';
import { findExecutable } from '../../support/executables.mjs';
import { describeWith } from '../../support/registries.ts';

describeWith('redirects from https to http', { name: 'openssl', path: findExecutable('openssl') }, (openssl) => {
  let certificates: Certificates;
  let tls: Certificate;
  const running: RunningServer[] = [];

  beforeAll(() => {
    certificates = new Certificates(openssl);
    tls = certificates.server();
    // The client of Node takes no authorities but those of the process.
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((it) => it.close()));
  });
  afterAll(() => {
    vi.unstubAllEnvs();
    certificates.remove();
  });

  /** A registry on https that leads to another address of it, and from there to http; and what http was asked for. */
  async function leading(): Promise<{ host: string; plain: string; asked: string[] }> {
    const asked: string[] = [];
    const plain = await serve((request) => {
      asked.push(`${request.method} ${new URL(request.url).pathname} ${request.headers.get('authorization')}`);
      return Response.json({ name: 'org/hello', tags: ['forged'] });
    });
    const registry = await serve(
      (request) => {
        const { origin, pathname } = new URL(request.url);
        const to = pathname === '/there' ? `${plain.url}/tags` : `${origin}/there`;
        return new Response('elsewhere', { status: 307, headers: { location: to } });
      },
      { tls },
    );
    running.push(plain, registry);
    return { host: registry.host, plain: plain.url, asked };
  }

  const client = (host: string, options: RegistryOptions): Registry =>
    new Registry({ host, plainHttp: false, credentials: { username: 'alice', password: 'secret' }, ...options });

  describe.each(['the client of Node', 'createFetch', 'fetch'])('over %s', (name) => {
    async function fetchOf(): Promise<RegistryOptions> {
      if (name === 'createFetch')
        return { fetch: await createFetch({ ca: certificates.authority.cert, proxy: 'none' }) };
      return name === 'fetch' ? { fetch: globalThis.fetch } : {};
    }

    test('refused, without being tried again', async () => {
      const { host, plain, asked } = await leading();
      const error = await rejection(itemsOf(client(host, await fetchOf()).tags('org/hello')));
      expect(error).toBeInstanceOf(NetworkError);
      expect((error as Error).message).toContain(
        `plain http on ${new URL(plain).host}, which trust.redirects does not list`,
      );
      // Only the client of Node sees where it goes before it is there.
      expect(asked).toEqual(name === 'the client of Node' ? [] : ['GET /tags null']);
    });

    test('followed without credentials to an origin that is listed', async () => {
      const { host, plain, asked } = await leading();
      const registry = client(host, { ...(await fetchOf()), trust: { redirects: [plain] } });
      expect(await itemsOf(registry.tags('org/hello'))).toEqual(['forged']);
      expect(asked).toEqual(['GET /tags null']);
    });
  });
});
