import { DeniedError, Registry, type RegistryOptions, UnauthorizedError } from 'oras-js';
import { createRegistryServer } from 'oras-js/server';
import { describe, expect, inject, test } from 'vitest';
import { type AuthMode, alice, authModes, bob } from '../../support/auth-modes.ts';
import { itemsOf, rejection } from '../../support/content.ts';

const files = [{ name: 'hello.txt', content: 'hi\n' }];
const isRefusal = (error: unknown): boolean => error instanceof UnauthorizedError || error instanceof DeniedError;

/** The same registry over HTTP, for pages on another origin; or as a function of this very program. */
const ways: readonly ((mode: AuthMode) => { way: string; host: string; settings: RegistryOptions })[] = [
  ({ name }) => ({ way: 'over HTTP', host: inject('authRegistries')[name]!, settings: {} }),
  ({ auth }) => ({ way: 'in process', host: 'localhost', settings: { fetch: createRegistryServer({ auth }) } }),
];

describe.each(authModes)('embedded registry, authentication: $name', (mode) => {
  describe.each(ways.map((way) => way(mode)))('embedded registry, $way', ({ host, settings, way }) => {
    const client = (credential?: typeof alice | typeof bob | { username: string; password: string }): Registry =>
      new Registry({ ...settings, credentials: () => credential });
    const isOpen = mode.auth === undefined;
    const mayPull = isOpen || mode.auth?.anonymousPull === true;
    // Both runtimes use the registry over HTTP, at the same time.
    const own = `${'document' in globalThis ? 'page' : 'node'}-${way.replace(' ', '-').toLowerCase()}`;

    test('push, pull, inspect and tags, with what was asked before used again', async () => {
      const registry = client(alice);
      const reference = `${host}/private/${own}:v1`;
      await registry.ping(host);
      const { descriptor } = await registry.push(reference, files);
      const { files: pulled } = await registry.pull(reference);
      expect(await (await pulled[0]!.blob()).text()).toBe('hi\n');
      expect((await registry.inspect(reference)).descriptor.digest).toBe(descriptor.digest);
      expect(await itemsOf(registry.tags(reference))).toEqual(['v1']);
      // Somebody else's client knows nothing of it.
      expect((await client(alice).inspect(reference)).descriptor.digest).toBe(descriptor.digest);
    });

    test('a wrong password, and none', async () => {
      const reference = `${host}/private/${own}-refused:v1`;
      const calls = async (registry: Registry): Promise<unknown[]> => [
        await registry.push(reference, files).catch((error) => error),
        await registry.inspect(reference).catch((error) => error),
        await itemsOf(registry.tags(reference)).catch((error) => error),
      ];
      for (const credential of [{ ...alice, password: 'wrong' }, undefined]) {
        const refused = (await calls(client(credential))).filter(isRefusal);
        expect(refused).toHaveLength(isOpen ? 0 : 3);
      }
      const wrong = await client({ ...alice, password: 'wrong' })
        .ping(host)
        .catch((error) => error);
      expect(isRefusal(wrong)).toBe(!isOpen);
    });

    test('a user may do what the access rule says, and in the same registry not more', async () => {
      await client(alice).push(`${host}/team/${own}:v1`, files);
      await client(alice).push(`${host}/private/${own}-access:v1`, files);
      const registry = client(bob);
      const [pulled, pushed, hidden, written] = await Promise.all([
        registry.pull(`${host}/team/${own}:v1`),
        registry.push(`${host}/team/${own}:v2`, files).catch((error) => error),
        registry.pull(`${host}/private/${own}-access:v1`).catch((error) => error),
        registry.push(`${host}/team/bob/${own}:v1`, files),
      ]);
      expect(await (await pulled.files[0]!.blob()).text()).toBe('hi\n');
      expect([isRefusal(pushed), isRefusal(hidden)]).toEqual([!isOpen, !isOpen]);
      expect(written.reference).toBe(`${host}/team/bob/${own}:v1`);
    });

    test('who does not say who it is may pull where everybody may, and never push', async () => {
      const reference = `${host}/team/${own}-public:v1`;
      await client(alice).push(reference, files);
      const anybody = client();
      const pulled = await anybody.pull(reference).catch((error) => error);
      if (mayPull) expect(await (await pulled.files[0]!.blob()).text()).toBe('hi\n');
      else expect(pulled).toBeInstanceOf(UnauthorizedError);
      if (!isOpen) expect(await rejection(anybody.push(reference, files))).toBeInstanceOf(UnauthorizedError);
    });
  });
});
