import { isOrasError, Registry, type RegistryOptions } from 'oras-js';
import { createRegistryServer, type RegistryServer } from 'oras-js/server';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { rejection } from '../../support/content.ts';

const alice = { username: 'alice', password: 's3cret-pass' };
const reference = 'localhost/org/hello:v1';
const files = [{ name: 'hello.txt', content: 'hi\n' }];
const seconds = 1000;

/** A registry in this program whose clock is set by hand, and what it was asked for. */
class Timed {
  readonly log: string[] = [];
  /** Called before a request is answered, unless another has to come again. */
  onRequest: (request: Request) => void = () => {};
  #now = Date.now();
  /** Requests that were refused and have not come again. */
  readonly #refused = new Set<string>();
  readonly #server: RegistryServer;

  constructor(tokenLifetime: number) {
    const auth = { scheme: 'bearer' as const, users: { alice: alice.password }, tokenLifetime };
    this.#server = createRegistryServer({ auth, now: () => this.#now });
  }

  /** Lets time go by for the registry, and not for its client. */
  pass(milliseconds: number): void {
    this.#now += milliseconds;
  }

  readonly fetch = async (url: string, init?: RequestInit): Promise<Response> => {
    const request = new Request(url, init);
    const name = `${request.method} ${new URL(url).pathname}`;
    this.log.push(name);
    // A token that ends twice before one request got through is no case of this world.
    if (this.#refused.size === 0 && !name.endsWith('/token')) this.onRequest(request);
    const response = await this.#server(request);
    if (response.status === 401) this.#refused.add(name);
    else this.#refused.delete(name);
    return response;
  };

  client(settings: RegistryOptions = {}): Registry {
    return new Registry({ credentials: alice, fetch: this.fetch, retry: { delay: () => 0 }, ...settings });
  }

  /** How many tokens were asked for since last asked. */
  tokens(): number {
    return this.log.splice(0).filter((line) => / \/token$/.test(line)).length;
  }
}

afterEach(() => {
  vi.useRealTimers();
});

describe('tokens of the embedded registry: how long they last', () => {
  test('one is used until shortly before its end, by the client’s own clock', async () => {
    const registry = new Timed(100);
    const client = registry.client();
    await client.push(reference, files);
    registry.tokens();
    vi.useFakeTimers({ toFake: ['Date'] });
    await client.inspect(reference);
    expect(registry.tokens()).toBe(1);
    vi.setSystemTime(Date.now() + 85 * seconds);
    await client.inspect(reference);
    expect(registry.tokens()).toBe(0);
    vi.setSystemTime(Date.now() + 10 * seconds);
    await client.inspect(reference);
    expect(registry.tokens()).toBe(1);
  });

  test('one that ends earlier than was said is refused, and replaced at once', async () => {
    const registry = new Timed(100);
    const client = registry.client();
    await client.push(reference, files);
    await client.inspect(reference);
    registry.log.length = 0;
    registry.pass(101 * seconds);
    await client.inspect(reference);
    expect(registry.log).toEqual(['GET /v2/org/hello/manifests/v1', 'GET /token', 'GET /v2/org/hello/manifests/v1']);
  });

  test('one that ends before it is used is an error, and no endless exchange', async () => {
    const registry = new Timed(100);
    const fetch = (url: string, init?: RequestInit): Promise<Response> => {
      if (!url.includes('/token')) registry.pass(101 * seconds);
      return registry.fetch(url, init);
    };
    const error = await rejection(registry.client({ fetch }).inspect(reference));
    expect(isOrasError(error, 'UNAUTHORIZED')).toBe(true);
    expect(registry.log).toEqual(['GET /v2/org/hello/manifests/v1', 'GET /token', 'GET /v2/org/hello/manifests/v1']);
  });

  const layers = Array.from({ length: 20 }, (_, i) => ({ name: `layer-${i}`, content: `content ${i}`.repeat(1000) }));

  async function checkPulled(registry: Timed): Promise<void> {
    registry.onRequest = () => {};
    const { files: pulled } = await registry.client().pull(reference);
    const texts = await Promise.all(pulled.map(async (file) => (await file.blob()).text()));
    expect(texts).toEqual(layers.map(({ content }) => content));
  }

  test('a push of many layers goes on when the token ends in the middle, with one more', async () => {
    const registry = new Timed(100);
    let sent = 0;
    registry.onRequest = ({ method }) => {
      if (method === 'PUT' && ++sent === 5) registry.pass(101 * seconds);
    };
    await registry.client().push(reference, layers);
    expect(registry.tokens()).toBe(2);
    await checkPulled(registry);
  });

  test.for([
    ['before each upload begins', 'POST'],
    ['before each content is sent', 'PUT'],
  ] as const)('layer after layer is pushed when the token ends %s', async ([, method]) => {
    const registry = new Timed(100);
    registry.onRequest = (request) => {
      if (request.method === method) registry.pass(101 * seconds);
    };
    const client = registry.client();
    for (const layer of layers) await client.pushFile(client.repository(reference), layer);
    expect(registry.tokens()).toBe(1 + layers.length);
    await client.push(reference, layers);
    await checkPulled(registry);
  });
});

describe('tokens of the embedded registry: how many are asked for', () => {
  test('a hundred pulls at a time share one', async () => {
    const registry = new Timed(100);
    await registry.client().push(reference, files);
    registry.tokens();
    const client = registry.client();
    const pulls = Array.from({ length: 100 }, async () => (await client.pull(reference)).files[0]!.blob());
    const texts = await Promise.all((await Promise.all(pulls)).map((blob) => blob.text()));
    expect(new Set(texts)).toEqual(new Set(['hi\n']));
    expect(registry.tokens()).toBe(1);
  });

  test('a hundred pulls whose token has ended share the next', async () => {
    const registry = new Timed(100);
    const client = registry.client();
    await client.push(reference, files);
    await client.inspect(reference);
    registry.tokens();
    registry.pass(101 * seconds);
    await Promise.all(Array.from({ length: 100 }, () => client.inspect(reference)));
    expect(registry.tokens()).toBe(1);
  });
});

describe('tokens of the embedded registry: refresh tokens', () => {
  async function refreshToken(registry: Timed): Promise<string> {
    const query = new URLSearchParams({ service: 'registry', offline_token: 'true' });
    const authorization = `Basic ${btoa(`${alice.username}:${alice.password}`)}`;
    const response = await registry.fetch(`http://localhost/token?${query}`, { headers: { authorization } });
    return (await response.json()).refresh_token;
  }

  test('one is enough to push and pull, and is exchanged as often as needed', async () => {
    const registry = new Timed(100);
    const client = registry.client({ credentials: { identityToken: await refreshToken(registry) } });
    registry.log.length = 0;
    await client.ping('localhost');
    await client.push(reference, files);
    expect(registry.log).toContain('POST /token');
    expect(registry.log).not.toContain('GET /token');
    registry.pass(101 * seconds);
    const { files: pulled } = await client.pull(reference);
    expect(await (await pulled[0]!.blob()).text()).toBe('hi\n');
  });

  test('one that has ended is refused', async () => {
    const registry = new Timed(100);
    const client = registry.client({ credentials: { identityToken: await refreshToken(registry) } });
    registry.pass(25 * 60 * 60 * seconds);
    const error = await rejection(client.push(reference, files));
    expect(isOrasError(error, 'UNAUTHORIZED')).toBe(true);
    expect(String(error)).not.toMatch(/[0-9a-f]{32}/);
  });
});
