import { digestOf, mediaTypes } from 'oras-js';
import { describe, expect, test } from 'vitest';
import {
  describe as described,
  emptyBlob,
  expectRefusal,
  headersOf,
  indexOf,
  manifestOf,
  TestClient,
} from '../client.ts';

const unknown = `sha256:${'0'.repeat(64)}`;

async function clientWith(...blobs: string[]): Promise<TestClient> {
  const client = new TestClient();
  for (const blob of [emptyBlob, ...blobs]) await client.pushBlob('a', blob);
  return client;
}

describe('manifests', () => {
  test('PUT by tag, GET and HEAD by tag and digest: exact bytes and type', async () => {
    const client = await clientWith();
    const { mediaType, text } = manifestOf({ annotations: { b: '<é>', a: '2' }, 'x-own': [1, null] });
    const pretty = JSON.stringify(JSON.parse(text), null, 3);
    const digest = digestOf(new TextEncoder().encode(pretty));
    const put = await client.putManifest('a', 'v1', { mediaType: `${mediaType}; charset=utf-8`, text: pretty });
    expect(put.status).toBe(201);
    expect(headersOf(put, 'location', 'docker-content-digest', 'oci-subject', 'oci-tag')).toEqual({
      location: `/v2/a/manifests/${digest}`,
      'docker-content-digest': digest,
      'oci-subject': null,
      'oci-tag': null,
    });
    for (const reference of ['v1', digest]) {
      const expected = {
        'content-type': mediaType,
        'content-length': `${new TextEncoder().encode(pretty).byteLength}`,
        'docker-content-digest': digest,
        etag: `"${digest}"`,
      };
      const get = await client.send('GET', `a/manifests/${reference}`);
      expect([get.status, await get.text()]).toEqual([200, pretty]);
      expect(headersOf(get, ...Object.keys(expected))).toEqual(expected);
      const head = await client.send('HEAD', `a/manifests/${reference}`);
      expect([head.status, await head.text()]).toEqual([200, '']);
      expect(headersOf(head, ...Object.keys(expected))).toEqual(expected);
      const again = await client.send('GET', `a/manifests/${reference}`, {
        headers: { 'if-none-match': `"${digest}"` },
      });
      expect(again.status).toBe(304);
    }
  });

  test('a tag moves to another manifest, and the first stays under its digest', async () => {
    const client = await clientWith();
    const first = await client.pushManifest('a', manifestOf({ annotations: { n: '1' } }), 'v1');
    const second = await client.pushManifest('a', manifestOf({ annotations: { n: '2' } }), 'v1');
    expect((await client.send('HEAD', 'a/manifests/v1')).headers.get('docker-content-digest')).toBe(second);
    expect((await client.send('HEAD', `a/manifests/${first}`)).status).toBe(200);
    const { tags } = await (await client.send('GET', 'a/tags/list')).json();
    expect(tags).toEqual(['v1']);
  });

  test('Docker manifests keep their type', async () => {
    const client = await clientWith();
    const mediaType = mediaTypes.dockerManifest;
    await client.pushManifest('a', { mediaType, text: manifestOf({ mediaType }).text }, 'docker');
    expect((await client.send('GET', 'a/manifests/docker')).headers.get('content-type')).toBe(mediaType);
  });

  test('an index of manifests, an index of indexes, an empty index', async () => {
    const client = await clientWith();
    const child = manifestOf();
    await client.pushManifest('a', child);
    const index = indexOf([described(child.text, child.mediaType)]);
    await client.pushManifest('a', index);
    await client.pushManifest('a', indexOf([described(index.text, index.mediaType)]), 'nested');
    await client.pushManifest('a', indexOf([]), 'empty');
    expect((await client.send('GET', 'a/manifests/nested')).headers.get('content-type')).toBe(mediaTypes.index);
  });

  test('sha512: found under it, and its tag stands for it', async () => {
    const client = await clientWith();
    const manifest = manifestOf();
    const digest = digestOf(new TextEncoder().encode(manifest.text), 'sha512');
    const put = await client.putManifest('a', `${digest}?tag=long`, manifest);
    expect([put.status, put.headers.get('docker-content-digest')]).toEqual([201, digest]);
    for (const reference of ['long', digest]) {
      const head = await client.send('HEAD', `a/manifests/${reference}`);
      expect(head.headers.get('docker-content-digest')).toBe(digest);
    }
    const sha256 = digestOf(new TextEncoder().encode(manifest.text));
    expect((await client.send('HEAD', `a/manifests/${sha256}`)).status).toBe(404);
  });

  test('by digest with tags (end-7b): every tag is there and told', async () => {
    const client = await clientWith();
    const manifest = manifestOf();
    const { digest } = described(manifest.text);
    const tags = Array.from({ length: 12 }, (_, index) => `t${index}`);
    const put = await client.putManifest('a', `${digest}?${tags.map((tag) => `tag=${tag}`).join('&')}`, manifest);
    expect([put.status, put.headers.get('oci-tag')?.split(/, */)]).toEqual([201, tags]);
    for (const tag of tags) {
      expect((await client.send('HEAD', `a/manifests/${tag}`)).headers.get('docker-content-digest')).toBe(digest);
    }
  });

  test('by digest with tags: a bad tag is 400 and too many are 414, and nothing is stored', async () => {
    const client = await clientWith();
    const manifest = manifestOf();
    const { digest } = described(manifest.text);
    await expectRefusal(await client.putManifest('a', `${digest}?tag=ok&tag=-bad`, manifest), 400, 'MANIFEST_INVALID');
    const many = Array.from({ length: 101 }, (_, index) => `tag=t${index}`).join('&');
    await expectRefusal(await client.putManifest('a', `${digest}?${many}`, manifest), 414, 'MANIFEST_INVALID');
    expect((await client.send('HEAD', `a/manifests/${digest}`)).status).toBe(404);
  });

  test('what is not there is 404: tag, digest, repository, and a blob of that digest', async () => {
    const client = await clientWith();
    const blob = await client.pushBlob('a', 'a blob');
    for (const reference of ['missing', unknown, blob]) {
      const response = await client.send('GET', `a/manifests/${reference}`);
      const { detail } = await expectRefusal(response, 404, 'MANIFEST_UNKNOWN');
      expect(detail).toEqual({ reference });
    }
    await expectRefusal(await client.send('GET', 'no/such/manifests/v1'), 404, 'MANIFEST_UNKNOWN');
  });
});

describe('manifests: what is refused', () => {
  test.for(['.x', '-x', 'a b', 'x'.repeat(129), 'a%2fb', 'a%00', '%C3%A9', '%'])('the tag "%s" is 400', async (tag) => {
    const client = await clientWith();
    await expectRefusal(await client.putManifest('a', tag, manifestOf()), 400, 'MANIFEST_INVALID');
    await expectRefusal(await client.send('GET', `a/manifests/${tag}`), 400, 'MANIFEST_INVALID');
    await expectRefusal(await client.send('DELETE', `a/manifests/${tag}`), 400, 'MANIFEST_INVALID');
  });

  test.for(['sha256:bad', `sha256:${'A'.repeat(64)}`, 'md5:d41d8cd98f00b204e9800998ecf8427e', 'v1:x', ':'])(
    'the digest "%s" is 400',
    async (digest) => {
      const client = await clientWith();
      await expectRefusal(await client.putManifest('a', digest, manifestOf()), 400, 'DIGEST_INVALID');
      await expectRefusal(await client.send('GET', `a/manifests/${digest}`), 400, 'DIGEST_INVALID');
    },
  );

  test('bytes of another digest are 400', async () => {
    const client = await clientWith();
    await expectRefusal(await client.putManifest('a', unknown, manifestOf()), 400, 'DIGEST_INVALID');
    expect((await client.send('HEAD', `a/manifests/${unknown}`)).status).toBe(404);
  });

  const config = described(emptyBlob);
  const bad: [name: string, text: string][] = [
    ['nothing', ''],
    ['no JSON', '{'],
    ['an array', '[]'],
    ['null', 'null'],
    ['another version', manifestOf({ schemaVersion: 1 }).text],
    ['no config', manifestOf({ config: undefined }).text],
    ['no schema version', manifestOf({ schemaVersion: undefined }).text],
    ['layers that are no list', manifestOf({ layers: {} }).text],
    ['a layer without a type', manifestOf({ layers: [{ ...config, mediaType: undefined }] }).text],
    ['a layer of an algorithm nobody can verify', manifestOf({ layers: [{ ...config, digest: 'md5:abc' }] }).text],
    ['a config of an algorithm nobody can verify', manifestOf({ config: { ...config, digest: 'blake3:abc' } }).text],
    ['a platform that is none', manifestOf({ layers: [{ ...config, platform: 'linux' }] }).text],
    ['a digest that is a path', manifestOf({ config: { ...config, digest: 'sha256:../../../v2/other/blobs/x' } }).text],
    ['a digest in capitals', manifestOf({ config: { ...config, digest: config.digest.toUpperCase() } }).text],
    ['a negative size', manifestOf({ config: { ...config, size: -1 } }).text],
    ['a size that is no integer', manifestOf({ config: { ...config, size: 1.5 } }).text],
    ['a size beyond 2^53', manifestOf({ config: { ...config, size: 2 ** 62 } }).text],
    ['an annotation that is no text', manifestOf({ annotations: { a: 1 } }).text],
    ['manifests as well (CVE-2021-41190)', manifestOf({ manifests: [] }).text],
    ['a subject without a digest', manifestOf({ subject: { mediaType: mediaTypes.manifest, size: 1 } }).text],
    ['a subject of an algorithm nobody can verify', manifestOf({ subject: { ...config, digest: 'blake3:abc' } }).text],
    ['another type than it is sent as', manifestOf({ mediaType: mediaTypes.dockerManifest }).text],
  ];

  test.for(bad)('%s is 400', async ([, text]) => {
    const client = await clientWith();
    const response = await client.putManifest('a', 'v1', { text, mediaType: mediaTypes.manifest });
    const body = await response.json();
    expect(response.status).toBe(400);
    expect(['MANIFEST_INVALID', 'DIGEST_INVALID']).toContain(body.errors[0].code);
    expect((await client.send('GET', 'a/manifests/v1')).status).toBe(404);
    expect(client.errors).toEqual([]);
  });

  test('an index with an entry that stands for nothing, or of an algorithm nobody can verify, is 400', async () => {
    for (const client of [await clientWith(), new TestClient({ sparse: true })]) {
      for (const digest of ['md5:d41d8cd98f00b204e9800998ecf8427e', 'x', undefined]) {
        const index = indexOf([{ mediaType: mediaTypes.manifest, digest, size: 1 }]);
        expect((await client.putManifest('a', 'v1', index)).status).toBe(400);
      }
      expect(client.errors).toEqual([]);
    }
  });

  test.for([
    ['layers', manifestOf({ layers: null, subject: null, annotations: null, artifactType: null })],
    ['no layers', manifestOf({ layers: undefined })],
    ['manifests', indexOf([], { manifests: null, annotations: null })],
  ] as const)('null is what is not set, as other programs write it: %s', async ([, manifest]) => {
    const client = await clientWith();
    await client.pushManifest('a', manifest, 'v1');
    expect(await (await client.send('GET', 'a/manifests/v1')).text()).toBe(manifest.text);
  });

  test('bytes that are not UTF-8, and 100,000 nested arrays, are 400 (B18)', async () => {
    const client = await clientWith();
    const headers = { 'content-type': mediaTypes.manifest };
    const nested = manifestOf().text.replace('{', `{"x":${'['.repeat(100_000)}${']'.repeat(100_000)},`);
    for (const body of [new Uint8Array([0x7b, 0xff, 0x7d]), new Uint8Array([0xef, 0xbb, 0xbf, 0x7b, 0x7d])]) {
      const response = await client.send('PUT', 'a/manifests/v1', { headers, body });
      await expectRefusal(response, 400, 'MANIFEST_INVALID');
    }
    const response = await client.send('PUT', 'a/manifests/v1', { headers, body: nested });
    expect(response.status).toBeLessThan(500);
    expect(client.errors).toEqual([]);
  });

  test.for(['application/json', 'text/plain', 'application/vnd.oci.image.config.v1+json', ''])(
    'the Content-Type "%s" is 400',
    async (mediaType) => {
      const client = await clientWith();
      const response = await client.putManifest('a', 'v1', { text: manifestOf().text, mediaType });
      await expectRefusal(response, 400, 'MANIFEST_INVALID');
    },
  );

  test('blobs and manifests that are not there are named', async () => {
    const client = await clientWith();
    const [config, layer] = [described('config'), described('layer', mediaTypes.layerTar)];
    const response = await client.putManifest('a', 'v1', manifestOf({ config, layers: [described(emptyBlob), layer] }));
    const { detail } = await expectRefusal(response, 400, 'MANIFEST_BLOB_UNKNOWN');
    expect(detail).toEqual([{ digest: config.digest }, { digest: layer.digest }]);
    const blob = await client.pushBlob('a', 'a blob');
    for (const digest of [unknown, blob]) {
      const index = indexOf([{ mediaType: mediaTypes.manifest, digest, size: 6 }]);
      await expectRefusal(await client.putManifest('a', 'v1', index), 400, 'MANIFEST_BLOB_UNKNOWN');
    }
  });

  test('a blob of another size is not there', async () => {
    const client = await clientWith();
    const config = { ...described(emptyBlob), size: 3 };
    await expectRefusal(await client.putManifest('a', 'v1', manifestOf({ config })), 400, 'MANIFEST_BLOB_UNKNOWN');
  });

  test('layers that may not be distributed need not be there, nor the subject', async () => {
    const client = await clientWith();
    const types = [
      'application/vnd.oci.image.layer.nondistributable.v1.tar',
      'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
      'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
    ];
    const layers = types.map((mediaType) => ({ mediaType, digest: unknown, size: 1 }));
    const subject = { mediaType: mediaTypes.manifest, digest: unknown, size: 1 };
    await client.pushManifest('a', manifestOf({ layers, subject }), 'v1');
  });

  test('sparse: nothing need be there', async () => {
    const client = new TestClient({ sparse: true });
    await client.pushManifest('a', manifestOf(), 'v1');
    await client.pushManifest('a', indexOf([{ mediaType: mediaTypes.manifest, digest: unknown, size: 6 }]), 'v2');
  });

  test('4 MiB are taken, and one byte more is 413', async () => {
    const client = await clientWith();
    const padding = 4 * 1024 * 1024 - manifestOf({ annotations: { a: '' } }).text.length;
    await client.pushManifest('a', manifestOf({ annotations: { a: 'x'.repeat(padding) } }), 'v1');
    const larger = manifestOf({ annotations: { a: 'x'.repeat(padding + 1) } });
    await expectRefusal(await client.putManifest('a', 'v2', larger), 413, 'MANIFEST_INVALID');
    const small = new TestClient({ maxManifestSize: 10 });
    await expectRefusal(await small.putManifest('a', 'v1', manifestOf()), 413, 'MANIFEST_INVALID');
  });

  test('an endless manifest is stopped (CVE-2017-11468)', async () => {
    const client = new TestClient();
    let sent = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 1_000_000;
        controller.enqueue(new Uint8Array(1_000_000));
      },
    });
    const headers = { 'content-type': mediaTypes.manifest };
    await expectRefusal(await client.send('PUT', 'a/manifests/v1', { headers, body }), 413, 'MANIFEST_INVALID');
    expect(sent).toBeLessThan(8_000_000);
  });
});

describe('manifests: deletion', () => {
  test('a tag goes alone: the manifest and its other tags stay', async () => {
    const client = await clientWith();
    const digest = await client.pushManifest('a', manifestOf(), 'one');
    await client.pushManifest('a', manifestOf(), 'two');
    expect((await client.send('DELETE', 'a/manifests/one')).status).toBe(202);
    expect((await client.send('HEAD', 'a/manifests/one')).status).toBe(404);
    expect((await client.send('HEAD', 'a/manifests/two')).status).toBe(200);
    expect((await client.send('DELETE', 'a/manifests/two')).status).toBe(202);
    expect((await client.send('HEAD', `a/manifests/${digest}`)).status).toBe(200);
    await expectRefusal(await client.send('DELETE', 'a/manifests/two'), 404, 'MANIFEST_UNKNOWN');
    expect(await (await client.send('GET', 'a/tags/list')).json()).toEqual({ name: 'a', tags: [] });
  });

  test('a manifest goes with its tags, and its blobs stay', async () => {
    const client = await clientWith();
    const digest = await client.pushManifest('a', manifestOf(), 'one');
    await client.pushManifest('a', manifestOf(), 'two');
    await client.pushManifest('a', manifestOf({ annotations: { other: '1' } }), 'three');
    expect((await client.send('DELETE', `a/manifests/${digest}`)).status).toBe(202);
    for (const reference of ['one', 'two', digest]) {
      expect((await client.send('HEAD', `a/manifests/${reference}`)).status).toBe(404);
    }
    expect((await client.send('HEAD', 'a/manifests/three')).status).toBe(200);
    expect((await client.send('HEAD', `a/blobs/${described(emptyBlob).digest}`)).status).toBe(200);
    await expectRefusal(await client.send('DELETE', `a/manifests/${digest}`), 404, 'MANIFEST_UNKNOWN');
  });

  test('many changes at a time are all kept', async () => {
    const client = await clientWith();
    const push = (tag: string): Promise<string> => client.pushManifest('a', manifestOf({ annotations: { tag } }), tag);
    const tags = Array.from({ length: 30 }, (_, index) => `t${index + 10}`);
    await Promise.all([...tags, 'gone'].map(push));
    await Promise.all([client.send('DELETE', 'a/manifests/gone'), push('late'), client.pushBlob('a', 'x')]);
    const list = await (await client.send('GET', 'a/tags/list')).json();
    expect(list.tags).toEqual(['late', ...tags]);
  });
});
