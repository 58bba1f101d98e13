import { DeniedError, Registry, UnauthorizedError } from 'oras-js';
import { createFetch } from 'oras-js/node';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Credential, Fetch } from '../../src/index.ts';
import { Certificates } from '../support/certificates.ts';
import { itemsOf, rejection } from '../support/content.ts';
import { findDockerRegistry } from '../support/docker-registry.mjs';
import { findExecutable } from '../support/executables.mjs';
import { basicUser, startDockerRegistry } from '../support/real-registries.ts';
import { describeWith } from '../support/registries.ts';
import type { RegistryProcess } from '../support/registry-process.ts';
import { startTokenServer, type TokenServer } from '../support/token-server.ts';

const alice = { username: 'alice', password: 's3cret-pass' };
const admin = { username: 'admin', password: 'even-m0re-secret' };
const all = ['pull', 'push', 'delete'];
const rights = {
  '': { 'public/app': ['pull'] },
  alice: { 'team/app': all, 'team/read-only': ['pull'], 'public/app': ['pull'] },
  admin: { 'team/app': all, 'team/read-only': all, 'public/app': all },
};
const hello = [{ name: 'hello.txt', content: 'hi\n' }];

describeWith('docker-registry', { name: 'openssl', path: findExecutable('openssl') }, (openssl) => {
  describeWith('docker-registry', { name: 'docker-registry', path: findDockerRegistry() }, (executable) => {
    let certificates: Certificates;
    beforeAll(() => {
      certificates = new Certificates(openssl);
    });
    afterAll(() => certificates.remove());

    describe.each(['http', 'https'] as const)('docker-registry over %s', (scheme) => {
      let fetch: Fetch;
      let tls: { tls?: ReturnType<Certificates['server']> & { fetch: Fetch } };
      beforeAll(async () => {
        fetch = await createFetch({ ca: certificates.authority.cert, proxy: 'none' });
        tls = scheme === 'https' ? { tls: { ...certificates.server(), fetch } } : {};
      });

      const client = (credential?: Credential): Registry =>
        new Registry({ plainHttp: scheme === 'http', fetch, credentials: () => credential });

      async function pushAndPull(registry: Registry, repository: string): Promise<void> {
        const { descriptor } = await registry.push(`${repository}:v1`, hello);
        const { files } = await registry.pull(`${repository}@${descriptor.digest}`);
        expect(await (await files[0]!.blob()).text()).toBe('hi\n');
        expect((await registry.inspect(`${repository}:v1`)).descriptor.digest).toBe(descriptor.digest);
        expect(await itemsOf(registry.tags(repository))).toEqual(['v1']);
      }

      describe('docker-registry: passwords', () => {
        let registry: RegistryProcess;
        beforeAll(async () => {
          registry = await startDockerRegistry(executable, { auth: true, ...tls });
        });
        afterAll(() => registry.close());

        test('a push, a pull and the tags', async () => {
          await pushAndPull(client(basicUser), `${registry.host}/org/hello`);
        });

        test.each([
          ['a wrong one', { ...basicUser, password: 'wrong' }],
          ['none', undefined],
        ])('%s is refused', async (_, credential) => {
          const refused = client(credential);
          const reference = `${registry.host}/org/other:v1`;
          expect(await rejection(refused.ping(registry.host))).toBeInstanceOf(UnauthorizedError);
          expect(await rejection(refused.pull(reference))).toBeInstanceOf(UnauthorizedError);
          expect(await rejection(refused.push(reference, hello))).toBeInstanceOf(UnauthorizedError);
        });
      });

      describe('docker-registry: tokens', () => {
        let tokens: TokenServer;
        let registry: RegistryProcess;
        let host: string;
        beforeAll(async () => {
          const users = { [alice.username]: alice.password, [admin.username]: admin.password };
          tokens = await startTokenServer({ signer: certificates.server(), users, rights, ...tls });
          const auth = { ...tokens.settings, rootcertbundle: certificates.authority.certFile };
          registry = await startDockerRegistry(executable, { auth, ...tls });
          host = registry.host;
          for (const name of ['team/read-only', 'public/app']) await client(admin).push(`${host}/${name}:v1`, hello);
        });
        afterAll(async () => {
          await registry?.close();
          await tokens?.close();
        });
        beforeEach(() => {
          tokens.log.length = 0;
          Object.assign(tokens.lifetime, { said: 300, signed: 300 });
        });

        test('a push, a pull and the tags need two tokens: to push, and to pull', async () => {
          await pushAndPull(client(alice), `${host}/team/app`);
          expect(tokens.log).toEqual(['alice repository:team/app:pull,push', 'alice repository:team/app:pull']);
        });

        test('a wrong password is refused after one question', async () => {
          const wrong = client({ ...alice, password: 'wrong' });
          expect(await rejection(wrong.push(`${host}/team/app:v1`, hello))).toBeInstanceOf(UnauthorizedError);
          expect(tokens.log).toEqual(['? repository:team/app:pull,push']);
        });

        test('two repositories of one registry: one may be written, the other only read', async () => {
          const registry = client(alice);
          const [pulled, refused] = await Promise.all([
            registry.pull(`${host}/team/read-only:v1`),
            rejection(registry.push(`${host}/team/read-only:v2`, hello)),
            registry.push(`${host}/team/app:v2`, hello),
          ]);
          expect(await (await pulled.files[0]!.blob()).text()).toBe('hi\n');
          expect(refused).toSatisfy((it) => it instanceof UnauthorizedError || it instanceof DeniedError);
          expect(await itemsOf(registry.tags(`${host}/team/read-only`))).toEqual(['v1']);
          expect(await itemsOf(registry.tags(`${host}/team/app`))).toContain('v2');
        });

        test('who does not say who it is may pull what is public, and nothing else', async () => {
          const anyone = client();
          const { files } = await anyone.pull(`${host}/public/app:v1`);
          expect(await (await files[0]!.blob()).text()).toBe('hi\n');
          expect(tokens.log).toEqual(['repository:public/app:pull']);
          expect(await rejection(anyone.push(`${host}/public/app:v2`, hello))).toBeInstanceOf(UnauthorizedError);
          expect(await rejection(anyone.pull(`${host}/team/read-only:v1`))).toBeInstanceOf(UnauthorizedError);
        });

        test('a token is used until its time is over, and then another is had', async () => {
          Object.assign(tokens.lifetime, { said: 60, signed: 300 });
          const registry = client(alice);
          const reference = `${host}/team/read-only:v1`;
          vi.useFakeTimers({ toFake: ['Date'] });
          try {
            for (let i = 0; i < 3; i++) await registry.inspect(reference);
            expect(tokens.log).toHaveLength(1);
            vi.setSystemTime(Date.now() + 50_000);
            await registry.inspect(reference);
            expect(tokens.log).toHaveLength(1);
            vi.setSystemTime(Date.now() + 5_000);
            for (let i = 0; i < 3; i++) await registry.inspect(reference);
            expect(tokens.log).toHaveLength(2);
          } finally {
            vi.useRealTimers();
          }
        });

        test('a token that is over when it comes is refused, and the next is taken', async () => {
          Object.assign(tokens.lifetime, { said: 300, signed: -3600 });
          const registry = client(alice);
          const reference = `${host}/team/read-only:v1`;
          expect(await rejection(registry.inspect(reference))).toBeInstanceOf(UnauthorizedError);
          expect(tokens.log).toHaveLength(1);
          Object.assign(tokens.lifetime, { said: 300, signed: 300 });
          await registry.inspect(reference);
          expect(tokens.log).toHaveLength(2);
        });

        test('a hundred pulls at a time share one token', async () => {
          const registry = client(alice);
          const reference = `${host}/team/read-only:v1`;
          await Promise.all(Array.from({ length: 100 }, () => registry.inspect(reference)));
          expect(tokens.log).toEqual(['alice repository:team/read-only:pull']);
        });
      });
    });
  });
});
