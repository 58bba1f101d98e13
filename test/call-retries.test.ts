import { isOrasError, type PageOptions, packFiles, Registry, type RequestOptions } from 'oras-js';
import { createRegistryServer } from 'oras-js/server';
import { describe, expect, test } from 'vitest';
import { itemsOf, rejection } from './support/content.ts';

const reference = 'localhost/org/retried:v1';
const files = [{ name: 'a', content: 'a' }];
// Without its content, for which nothing would be requested.
const { data: _, ...config } = (await packFiles(files)).manifest.config;

/** A registry that is too busy for a while, and how often a client that tries again four times at most asked it. */
function busyRegistry(): { registry: Registry; asked: () => number; become: (isBusy: boolean) => void } {
  const server = createRegistryServer();
  let asked = 0;
  let isBusy = false;
  const registry = new Registry({
    credentials: () => undefined,
    retry: { limit: 4, delay: () => 0 },
    fetch: async (url, init) => {
      asked++;
      return isBusy ? new Response(null, { status: 503 }) : server(new Request(url, init));
    },
  });
  const become = (busy: boolean): void => {
    asked = 0;
    isBusy = busy;
  };
  return { registry, asked: () => asked, become };
}

const calls: readonly [string, (registry: Registry, options: RequestOptions & PageOptions) => Promise<unknown>][] = [
  ['push', (registry, options) => registry.push(reference, files, options)],
  ['pull', (registry, options) => registry.pull(reference, options)],
  ['inspect', (registry, options) => registry.inspect(reference, options)],
  ['manifest', (registry, options) => registry.manifest(reference, options)],
  ['tags', (registry, options) => itemsOf(registry.tags(reference, options))],
  ['json', (registry, options) => registry.json(reference, config, undefined, options)],
  ['discover', (registry, options) => itemsOf(registry.discover(reference, options))],
  [
    'copy',
    (registry, options) =>
      registry.copy(reference, 'localhost/org/copied', options).catch((error: unknown) => {
        throw isOrasError(error, 'COPY') ? error.cause : error;
      }),
  ],
  ['tag', (registry, options) => registry.tag(reference, 'v2', options)],
  ['untag', (registry, options) => registry.untag(reference, options)],
  ['delete', (registry, options) => registry.delete(reference, options)],
  ['repositories', (registry, options) => itemsOf(registry.repositories('localhost', options))],
  ['a target', (registry, options) => registry.repository(reference, options).resolve('v1')],
];

describe('retry of one call', () => {
  test.for(calls)(
    '%s: as often as is said, or else as the registry does; and nothing else changes',
    async ([, call]) => {
      const { registry, asked, become } = busyRegistry();
      await registry.push(reference, files);
      for (const [limit, expected] of [
        [0, 1],
        [2, 3],
        [undefined, 5],
      ] as const) {
        become(true);
        const error = await rejection(call(registry, { retry: limit === undefined ? undefined : { limit } }));
        expect(error).toMatchObject({ code: 'REGISTRY', status: 503 });
        expect(asked()).toBe(expected);
      }
      become(false);
      await call(registry, { retry: { limit: 0 } });
    },
  );

  test('a field that is left out is what the registry has', async () => {
    const { registry, asked, become } = busyRegistry();
    become(true);
    await rejection(registry.inspect(reference, { retry: { limit: undefined, maxRetryAfter: 5 } }));
    expect(asked()).toBe(5);
  });

  test('a number that is none is a RangeError, and nothing is sent', async () => {
    const { registry, asked, become } = busyRegistry();
    become(false);
    expect(await rejection(registry.inspect(reference, { retry: { limit: -1 } }))).toBeInstanceOf(RangeError);
    expect(asked()).toBe(0);
  });

  test('such calls ask for no token of their own, and a new credential is used by them, too', async () => {
    const server = createRegistryServer({ auth: { scheme: 'bearer', users: { alice: 'first', bob: 'second' } } });
    const sent: string[] = [];
    const registry = new Registry({
      credentials: { username: 'alice', password: 'first' },
      fetch: async (url, init) => {
        sent.push(new URL(url).pathname);
        return server(new Request(url, init));
      },
    });
    await registry.push(reference, files);
    await registry.inspect(reference);
    const before = sent.length;
    const retry = { limit: 0 };
    await registry.inspect(reference, { retry });
    expect(sent.slice(before)).toEqual(['/v2/org/retried/manifests/v1']);
    registry.setBasicAuth('bob', 'wrong');
    expect(await rejection(registry.inspect(reference, { retry }))).toMatchObject({ code: 'UNAUTHORIZED' });
  });
});
