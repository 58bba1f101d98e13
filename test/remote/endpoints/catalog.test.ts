import { MemoryStorage } from 'oras-js';
import { createRegistryServer } from 'oras-js/server';
import { describe, expect, test } from 'vitest';
import { Reference } from '../../../src/oci/reference.ts';
import type { ListOptions } from '../../../src/options.ts';
import { RegistryClients } from '../../../src/remote/connection/registry-clients.ts';
import { listRepositories } from '../../../src/remote/endpoints/catalog.ts';
import { itemsOf, rejection } from '../../support/content.ts';
import { type Answers, atOnce, fakeFetch, json, refusal, status } from '../../support/fake-fetch.ts';

const catalog = '/v2/_catalog';

function repositories(answers: Answers, options?: ListOptions) {
  const fake = fakeFetch(answers);
  const clients = new RegistryClients({ fetch: fake.fetch, retry: atOnce }, () => undefined);
  const connection = clients.to(new Reference({ host: 'reg.test', repository: 'any' }));
  return { list: listRepositories(connection, options), ...fake };
}

const page = (names: unknown, link?: string): Response =>
  json({ repositories: names }, link === undefined ? {} : { headers: { link } });

describe('catalog', () => {
  test('all pages (L9)', async () => {
    const { list, sent } = repositories(
      {
        [`GET ${catalog}?n=2&last=a`]: () => page(['b', 'org/c'], `<${catalog}?last=c>; rel="next"`),
        [`GET ${catalog}?last=c`]: () => page(['d'], `<https://reg.test${catalog}?last=d>; rel=next`),
        [`GET ${catalog}?last=d`]: () => page(null),
      },
      { pageSize: 2, last: 'a' },
    );
    expect(await itemsOf(list)).toEqual(['b', 'org/c', 'd']);
    expect(sent()).toHaveLength(3);
  });

  test('what is no name is left out', async () => {
    const { list } = repositories([page(['a', null, '', '../b', 'UPPER', 1, '<script>', 'org/c'])]);
    expect(await itemsOf(list)).toEqual(['a', 'org/c']);
  });

  test('the token is for the catalog', async () => {
    const scopes: (string | null)[] = [];
    const { list } = repositories(({ url, headers }) => {
      const { pathname, searchParams } = new URL(url);
      if (pathname === '/token') {
        scopes.push(searchParams.get('scope'));
        return json({ token: 'abc' });
      }
      const challenge = 'Bearer realm="https://reg.test/token",service="reg"';
      return headers.has('authorization') ? page(['a']) : status(401, { 'www-authenticate': challenge });
    });
    expect(await itemsOf(list)).toEqual(['a']);
    expect(scopes).toEqual(['registry:catalog:*']);
  });

  test.for<[string, () => Response, object]>([
    ['404', () => status(404), { code: 'UNSUPPORTED', feature: 'listing repositories' }],
    ['405', () => refusal(405, 'UNSUPPORTED'), { code: 'UNSUPPORTED' }],
    ['403', () => refusal(403, 'DENIED'), { code: 'DENIED' }],
    ['401', () => status(401), { code: 'UNAUTHORIZED' }],
    ['a web page', () => new Response('<html>'), { code: 'NOT_A_REGISTRY' }],
    ['no list', () => new Response('null'), { code: 'INVALID_MANIFEST' }],
    ['a page elsewhere', () => page(['a'], '<https://evil.test/>; rel="next"'), { code: 'REGISTRY', status: 200 }],
  ])('%s is an error', async ([, answer, expected]) => {
    const error = await rejection(itemsOf(repositories(answer).list));
    expect(error).toMatchObject(expected);
    expect(String(error)).toContain('list');
  });

  test('options are checked at once', () => {
    expect(() => repositories({}, { pageSize: 0 })).toThrow(RangeError);
  });

  test('of the registry of this package', async () => {
    const server = createRegistryServer({ storage: new MemoryStorage() });
    const send = (path: string, init: RequestInit): Promise<Response> =>
      server(new Request(`https://reg.test${path}`, init));
    for (const name of ['org/b', 'a']) {
      const body = '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}';
      const headers = { 'content-type': 'application/vnd.oci.image.index.v1+json' };
      expect((await send(`/v2/${name}/manifests/v1`, { method: 'PUT', body, headers })).status).toBe(201);
    }
    const { list } = repositories(({ url }) => send(url.replace('https://reg.test', ''), {}), { pageSize: 1 });
    expect(await itemsOf(list)).toEqual(['a', 'org/b']);
  });
});
