import { createRegistryServer } from 'oras-js/server';
import { beforeAll, describe, expect, test } from 'vitest';
import { type AbortOptions, MemoryStorage, OciLayout, push, Registry, type Repository } from '../src/index.ts';
import { digestOf } from '../src/oci/digest.ts';
import type { Fetch } from '../src/remote/http/fetch.ts';
import { itemsOf, rejection } from './support/content.ts';
import { countedSignal } from './support/counted-signal.ts';
import { noise } from './support/noise.ts';

const reference = 'reg.test/org/files:v1';
const user = { username: 'alice', password: 'secret' };
const concurrency = 32;
const files = Array.from({ length: 40 }, (_, i) => ({ name: `${i}.txt`, content: noise(100, i + 1) }));
const large = noise(4_500_000, 99);
const blob = { mediaType: 'a/b', digest: digestOf(noise(100, 1)), size: 100 };

interface Client {
  registry: Registry;
  repository: Repository;
}

/** Every call that takes a signal. */
const calls: Readonly<Record<string, (client: Client, options: Required<AbortOptions>) => Promise<unknown>>> = {
  push: ({ registry }, options) => registry.push(reference, files, { ...options, concurrency }),
  'push of a large file': ({ registry }, options) =>
    registry.push(reference, [{ name: 'large', content: new Blob([large]) }], options),
  'push in chunks': ({ registry }, options) =>
    registry.push(reference, [{ name: 'large', content: large }], { ...options, chunkSize: 1_000_000 }),
  'push of a stream': ({ registry }, options) =>
    registry.push(reference, [{ name: 's', content: new Blob([large]).stream() }], {
      ...options,
      chunkSize: 1_000_000,
    }),
  'push to a layout': (_, options) =>
    push(new OciLayout(new MemoryStorage()), 'v1', files, { ...options, concurrency }),
  pull: ({ registry }, options) => registry.pull(reference, { ...options, concurrency, to: new MemoryStorage() }),
  'files that are asked for': async ({ registry }, options) => {
    const { files } = await registry.pull(reference, options);
    return Promise.all(files.map((file) => file.blob(options)));
  },
  inspect: ({ registry }, options) => registry.inspect(reference, options),
  tags: ({ registry }, options) => itemsOf(registry.tags(reference, options)),
  'tags, left early': async ({ registry }, options) => {
    for await (const _ of registry.tags(reference, options)) break;
  },
  ping: ({ registry }, options) => registry.ping('reg.test', undefined, options),
  'ping with a credential': ({ registry }, options) => registry.ping('reg.test', user, options),
  diagnose: ({ registry }, options) => registry.diagnose('reg.test', options),
  resolve: ({ repository }, options) => repository.resolve('v1', options),
  exists: ({ repository }, options) => repository.exists(blob, options),
  'fetch, read': async ({ repository }, options) => new Response(await repository.fetch(blob, options)).bytes?.(),
  'fetch, given up': async ({ repository }, options) => (await repository.fetch(blob, options)).cancel(),
  'fetch of a part': async ({ repository }, options) =>
    new Response(await repository.fetchRange(blob, 1, 9, options)).text(),
  'a blob, read in parts': ({ repository }, options) => {
    const remote = repository.openBlob(blob, options);
    return Promise.all(Array.from({ length: concurrency }, (_, i) => remote.slice(i, i + 2).bytes()));
  },
  'a part, given up': async ({ repository }, options) => {
    const reader = repository.openBlob(blob, options).slice(1, 9).stream().getReader();
    await reader.read();
    await reader.cancel();
  },
  'push of what is there': ({ repository }, options) => repository.push(blob, new Blob([noise(100, 1)]), options),
  'many calls at once': ({ repository }, options) =>
    Promise.all(Array.from({ length: concurrency }, () => repository.exists(blob, options))),
};

/** A client of the embedded registry, whose requests go through `through`. */
function clientOf(handler: (request: Request) => Promise<Response>, through: (fetch: Fetch) => Fetch): Client {
  const fetch = through(async (url, init) => {
    init?.signal?.throwIfAborted();
    return handler(new Request(url, init as RequestInit));
  });
  const registry = new Registry({ fetch, credentials: user, retry: { limit: 1, delay: () => 0 } });
  return { registry, repository: registry.repository(reference) };
}

describe('listeners of the signal', () => {
  let handler: (request: Request) => Promise<Response>;

  beforeAll(async () => {
    handler = createRegistryServer({ auth: { scheme: 'bearer', users: { alice: 'secret' } } });
    const { registry } = clientOf(handler, (fetch) => fetch);
    await registry.push(reference, files);
  });

  test.for(Object.entries(calls))('%s: one at most, and none when it has succeeded', async ([, call]) => {
    const { signal, now, most } = countedSignal();
    await call(
      clientOf(handler, (fetch) => fetch),
      { signal },
    );
    expect(now()).toBe(0);
    expect(most()).toBeLessThanOrEqual(1);
  });

  test.for(Object.entries(calls))('%s: none when it has failed', async ([, call]) => {
    const { signal, now, most } = countedSignal();
    const failing = (): Fetch => async (url, init) => {
      if (init?.method === 'HEAD') return new Response(null, { status: 404 });
      return new Response('{"errors":[]}', { status: url.endsWith('/uploads/') ? 500 : 418 });
    };
    await call(clientOf(handler, failing), { signal }).catch(() => {});
    expect(now()).toBe(0);
    expect(most()).toBeLessThanOrEqual(1);
  });

  test.for(Object.entries(calls))('%s: none when it was aborted', async ([, call]) => {
    const { controller, signal, now, most } = countedSignal();
    const reason = new Error('enough');
    let requests = 0;
    const aborting =
      (fetch: Fetch): Fetch =>
      (url, init) => {
        // In the middle of what takes more requests than those for a token.
        if (++requests === 3) controller.abort(reason);
        return fetch(url, init);
      };
    const ended = call(clientOf(handler, aborting), { signal });
    const isAborted = await ended.then(
      () => false,
      (error: unknown) => error === reason,
    );
    expect(isAborted).toBe(signal.aborted);
    expect(now()).toBe(0);
    expect(most()).toBeLessThanOrEqual(1);
  });

  test('a stream that nobody has read yet waits for the signal, and no longer once it was read', async () => {
    const { signal, now } = countedSignal();
    const { repository } = clientOf(handler, (fetch) => fetch);
    const stream = await repository.fetch(blob, { signal });
    expect(now()).toBe(1);
    await new Response(stream).arrayBuffer();
    expect(now()).toBe(0);
  });

  test('what was aborted is rejected with the reason, though its body has begun', async () => {
    const { controller, signal, now } = countedSignal();
    const { repository } = clientOf(handler, (fetch) => fetch);
    const reader = (await repository.fetch(blob, { signal })).getReader();
    const reason = new Error('enough');
    controller.abort(reason);
    expect(await rejection(reader.read())).toBe(reason);
    expect(now()).toBe(0);
  });
});
