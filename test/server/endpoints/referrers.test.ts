import { mediaTypes } from 'oras-js';
import { describe, expect, test } from 'vitest';
import { describe as described, emptyBlob, expectRefusal, indexOf, manifestOf, TestClient } from '../client.ts';

const zero = `sha256:${'0'.repeat(64)}`;
const subject = { mediaType: mediaTypes.manifest, digest: zero, size: 7 };

async function start(): Promise<TestClient> {
  const client = new TestClient();
  await client.pushBlob('a', emptyBlob);
  return client;
}

async function referrersOf(client: TestClient, query = ''): Promise<{ digest: string; annotations?: object }[]> {
  const response = await client.send('GET', `a/referrers/${zero}${query}`);
  expect(response.status).toBe(200);
  return (await response.json()).manifests;
}

describe('referrers (end-12)', () => {
  test('an empty index where there is nothing, not even the repository', async () => {
    const response = await new TestClient().send('GET', `no/such/referrers/${zero}`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe(mediaTypes.index);
    expect(response.headers.get('oci-filters-applied')).toBeNull();
    expect(await response.json()).toEqual({ schemaVersion: 2, mediaType: mediaTypes.index, manifests: [] });
  });

  test('a manifest is listed with its type and all annotations', async () => {
    const client = await start();
    const annotations = { 'org.example.a': '1', ['__proto__']: 'x', b: '' };
    const manifest = manifestOf({ subject, artifactType: 'application/vnd.example', annotations });
    const put = await client.putManifest('a', described(manifest.text).digest, manifest);
    expect([put.status, put.headers.get('oci-subject')]).toEqual([201, zero]);
    const descriptor = described(manifest.text, manifest.mediaType);
    const [found] = await referrersOf(client);
    expect(found).toEqual({ ...descriptor, artifactType: 'application/vnd.example', annotations });
    expect(Object.keys(found?.annotations ?? {})).toContain('__proto__');
  });

  test('without an artifactType, that of the config is listed; of an index none', async () => {
    const client = await start();
    const digest = await client.pushManifest('a', manifestOf({ subject, artifactType: '' }));
    const index = await client.putManifest('a', 'v1', indexOf([], { subject }));
    expect([index.status, index.headers.get('oci-subject')]).toEqual([201, zero]);
    const found = await referrersOf(client);
    expect(found.find((entry) => entry.digest === digest)).toMatchObject({ artifactType: mediaTypes.empty });
    expect(found.find((entry) => entry.digest !== digest)).not.toHaveProperty('artifactType');
  });

  test('each is listed once, however often it is pushed, until it is deleted', async () => {
    const client = await start();
    const manifest = manifestOf({ subject });
    const digest = await client.pushManifest('a', manifest, 'one');
    await client.pushManifest('a', manifest, 'two');
    await client.send('DELETE', 'a/manifests/one');
    expect((await referrersOf(client)).map((entry) => entry.digest)).toEqual([digest]);
    await client.send('DELETE', `a/manifests/${digest}`);
    expect(await referrersOf(client)).toEqual([]);
    await client.pushManifest('a', manifest);
    expect(await referrersOf(client)).toHaveLength(1);
  });

  test('they are those of one repository', async () => {
    const client = await start();
    await client.pushBlob('a/b', emptyBlob);
    await client.pushManifest('a/b', manifestOf({ subject }));
    expect(await referrersOf(client)).toEqual([]);
  });

  test('they stay when the subject is deleted', async () => {
    const client = await start();
    const digest = await client.pushManifest('a', manifestOf());
    const referrer = manifestOf({ subject: { ...subject, digest } });
    await client.pushManifest('a', referrer);
    await client.send('DELETE', `a/manifests/${digest}`);
    const response = await client.send('GET', `a/referrers/${digest}`);
    expect((await response.json()).manifests).toMatchObject([described(referrer.text, referrer.mediaType)]);
  });

  test('artifactType filters, and the answer says so', async () => {
    const client = await start();
    for (const artifactType of ['application/one', 'application/two', 'application/one+x']) {
      await client.pushManifest('a', manifestOf({ subject, artifactType }));
    }
    const query = `?artifactType=${encodeURIComponent('application/one')}`;
    const response = await client.send('GET', `a/referrers/${zero}${query}`);
    expect(response.headers.get('oci-filters-applied')).toBe('artifactType');
    expect((await response.json()).manifests).toMatchObject([{ artifactType: 'application/one' }]);
    expect(await referrersOf(client, '?artifactType=none')).toEqual([]);
    expect(await referrersOf(client, '?artifactType=')).toHaveLength(3);
  });

  test.for(['sha256:bad', 'hello', `sha256:${'A'.repeat(64)}`])('the digest "%s" is 400', async (digest) => {
    await expectRefusal(await new TestClient().send('GET', `a/referrers/${digest}`), 400, 'DIGEST_INVALID');
  });

  test('of an unknown algorithm nothing is a referrer', async () => {
    const response = await new TestClient().send('GET', 'a/referrers/blake3:abcdef');
    expect([response.status, (await response.json()).manifests]).toEqual([200, []]);
  });

  test('pages: as many as are asked for, each once, the filter kept', async () => {
    const client = await start();
    const artifactType = 'application/vnd.example+x';
    for (let n = 0; n < 7; n++) {
      await client.pushManifest('a', manifestOf({ subject, annotations: { n: `${n}` }, artifactType }));
      await client.pushManifest('a', manifestOf({ subject, annotations: { n: `${n}` } }));
    }
    const pages = await pagesOf(client, `a/referrers/${zero}?n=3&artifactType=${encodeURIComponent(artifactType)}`);
    expect(pages.map((page) => page.length)).toEqual([3, 3, 1]);
    expect(new Set(pages.flat()).size).toBe(7);
  });

  test('pages: n=0 is an empty list without a Link', async () => {
    const client = await start();
    await client.pushManifest('a', manifestOf({ subject }));
    expect(await pagesOf(client, `a/referrers/${zero}?n=0`)).toEqual([[]]);
  });

  test('pages: none is larger than 4 MiB, as clients read no more', async () => {
    const client = await start();
    for (let n = 0; n < 3; n++) {
      await client.pushManifest('a', manifestOf({ subject, annotations: { n: `${n}`, large: 'x'.repeat(1_900_000) } }));
    }
    const pages = await pagesOf(client, `a/referrers/${zero}`);
    expect(pages.map((page) => page.length)).toEqual([2, 1]);
  });
});

async function pagesOf(client: TestClient, path: string): Promise<string[][]> {
  const pages: string[][] = [];
  for (let next: string | undefined = path; next !== undefined; ) {
    const response: Response = await client.send('GET', next);
    expect(Number(response.headers.get('content-length'))).toBeLessThanOrEqual(4 * 1024 * 1024);
    const { manifests } = (await response.json()) as { manifests: { digest: string }[] };
    pages.push(manifests.map(({ digest }) => digest));
    next = /^<(.+)>; rel="next"$/.exec(response.headers.get('link') ?? '')?.[1];
  }
  return pages;
}
