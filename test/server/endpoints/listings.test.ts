import { describe, expect, test } from 'vitest';
import { emptyBlob, expectRefusal, manifestOf, TestClient } from '../client.ts';

async function clientWith(...tags: string[]): Promise<TestClient> {
  const client = new TestClient();
  await client.pushBlob('a/b', emptyBlob);
  for (const tag of tags) await client.pushManifest('a/b', manifestOf(), tag);
  return client;
}

async function list(client: TestClient, path: string): Promise<{ entries: string[]; link: string | null }> {
  const response = await client.send('GET', path);
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/json']);
  const { tags, repositories } = await response.json();
  return { entries: tags ?? repositories, link: response.headers.get('link') };
}

describe('tags (end-8)', () => {
  test('all of them, in the order of their characters', async () => {
    const client = await clientWith('b', 'B', 'a', '_', '10', '9', 'a.b', '__proto__');
    const response = await client.send('GET', 'a/b/tags/list');
    expect(response.headers.get('link')).toBeNull();
    expect(await response.json()).toEqual({ name: 'a/b', tags: ['10', '9', 'B', '_', '__proto__', 'a', 'a.b', 'b'] });
  });

  test('none where there are only blobs, 404 where there is nothing', async () => {
    const client = await clientWith();
    expect(await list(client, 'a/b/tags/list')).toEqual({ entries: [], link: null });
    for (const name of ['a', 'a/b/c', 'missing']) {
      await expectRefusal(await client.send('GET', `${name}/tags/list`), 404, 'NAME_UNKNOWN');
    }
  });

  test('a page at a time, by its Link', async () => {
    const client = await clientWith('a', 'b', 'c', 'd', 'e');
    const first = await list(client, 'a/b/tags/list?n=2');
    expect(first).toEqual({ entries: ['a', 'b'], link: '</v2/a/b/tags/list?n=2&last=b>; rel="next"' });
    const second = await list(client, '/v2/a/b/tags/list?n=2&last=b');
    expect(second).toEqual({ entries: ['c', 'd'], link: '</v2/a/b/tags/list?n=2&last=d>; rel="next"' });
    expect(await list(client, '/v2/a/b/tags/list?n=2&last=d')).toEqual({ entries: ['e'], link: null });
    expect(await list(client, 'a/b/tags/list?n=5')).toMatchObject({ link: null });
    expect(await list(client, 'a/b/tags/list?n=100')).toMatchObject({ link: null });
  });

  test('last without n: all that come after it, whether or not it is a tag', async () => {
    const client = await clientWith('a', 'b', 'd');
    for (const [last, entries] of [
      ['a', ['b', 'd']],
      ['c', ['d']],
      ['d', []],
      ['z', []],
      ['', ['a', 'b', 'd']],
    ]) {
      expect(await list(client, `a/b/tags/list?last=${last}`)).toEqual({ entries, link: null });
    }
  });

  test('n=0 is an empty list without a Link', async () => {
    expect(await list(await clientWith('a'), 'a/b/tags/list?n=0')).toEqual({ entries: [], link: null });
  });

  test('a huge n asks for no memory (CVE-2023-2253), and one that is no number is 400', async () => {
    const client = await clientWith('a');
    for (const n of ['9223372036854775807', '9'.repeat(400)]) {
      expect(await list(client, `a/b/tags/list?n=${n}`)).toEqual({ entries: ['a'], link: null });
    }
    for (const n of ['-1', '1.5', 'x', '0x10', '%20']) {
      await expectRefusal(await client.send('GET', `a/b/tags/list?n=${n}`), 400, 'UNSUPPORTED');
    }
  });
});

describe('catalog', () => {
  test('repositories that something was pushed to, in order, a page at a time', async () => {
    const client = new TestClient();
    expect(await list(client, '_catalog')).toEqual({ entries: [], link: null });
    for (const name of ['b', 'a/b', 'a', 'con', 'a/nul.x/y', 'a/b/c']) await client.pushBlob(name, emptyBlob);
    await client.startUpload('only/begun');
    await client.send('GET', 'only/read/tags/list');
    const all = ['a', 'a/b', 'a/b/c', 'a/nul.x/y', 'b', 'con'];
    expect(await list(client, '_catalog')).toEqual({ entries: all, link: null });
    const { entries, link } = await list(client, '_catalog?n=2&last=a');
    expect([entries, link]).toEqual([['a/b', 'a/b/c'], '</v2/_catalog?n=2&last=a%2Fb%2Fc>; rel="next"']);
  });
});
