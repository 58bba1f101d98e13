import { type Descriptor, MemoryStorage, mediaTypes, OciLayout, push, type StorageAdapter } from 'oras-js';
import { describe, expect, test, vi } from 'vitest';
import { ScopedStorage } from '../../../src/storage/scoped.ts';
import { describe as described, indexOf, type ManifestText, manifestOf, TestClient } from '../client.ts';

const refName = 'org.opencontainers.image.ref.name';
const artifactManifest = 'application/vnd.oci.artifact.manifest.v1+json';
const config = { ...described('{}'), mediaType: 'application/vnd.example.config' };
const root = manifestOf();
const subject = described(root.text, root.mediaType);

/** Writes the layout of repository `a` as another program would, with an index of these entries. */
async function layoutOf(contents: ManifestText[], entries: unknown[] = contents.map(entryOf)): Promise<MemoryStorage> {
  const storage = new MemoryStorage();
  const put = (path: string, text: string): Promise<void> => storage.put(`a/_layout/${path}`, new Blob([text]));
  for (const { text } of contents) await put(`blobs/${described(text).digest.replace(':', '/')}`, text);
  await put('oci-layout', '{"imageLayoutVersion":"1.0.0"}');
  await put('index.json', JSON.stringify({ schemaVersion: 2, manifests: entries }));
  return storage;
}

function entryOf({ text, mediaType }: ManifestText): Descriptor {
  return described(text, mediaType);
}

/** A referrer of the root that differs from others by a number. */
function referrer(n: number, fields: object = {}): ManifestText {
  return manifestOf({
    subject,
    config,
    artifactType: 'application/vnd.example',
    annotations: { n: `${n}` },
    ...fields,
  });
}

async function listed(
  storage: StorageAdapter,
  query = '',
  client = new TestClient({ storage }),
): Promise<Descriptor[]> {
  const response = await client.send('GET', `a/referrers/${subject.digest}${query}`);
  expect([response.status, client.errors]).toEqual([200, []]);
  return (await response.json()).manifests;
}

async function digestsOf(...args: Parameters<typeof listed>): Promise<string[]> {
  return (await listed(...args)).map(({ digest }) => digest).sort();
}

describe('layouts written by others: referrers', () => {
  test('what OciLayout and push stored with a subject is listed, with and without a filter', async () => {
    const storage = new MemoryStorage();
    const layout = new OciLayout(new ScopedStorage(storage, 'a/_layout'));
    const { descriptor } = await push(layout, 'v1', [{ name: 'a', content: 'a' }]);
    const options = { artifactType: 'application/vnd.one', annotations: { a: 'b' }, subject: descriptor };
    const one = await push(layout, undefined, [{ name: 's', content: 's' }], options);
    const two = await push(layout, 'two', [], { artifactType: 'application/vnd.two', subject: descriptor });
    const client = new TestClient({ storage });
    const ask = async (query: string): Promise<Descriptor[]> =>
      (await (await client.send('GET', `a/referrers/${descriptor.digest}${query}`)).json()).manifests;
    const sorted = [one.descriptor, two.descriptor].sort((a, b) => (a.digest < b.digest ? -1 : 1));
    expect(await ask('')).toEqual(sorted);
    expect(await ask('?artifactType=application/vnd.one')).toEqual([one.descriptor]);
    expect(await ask('?artifactType=application/vnd.none')).toEqual([]);
  });

  test('what oras attached is listed: its index lists the referrer', async () => {
    const [one, two] = [referrer(1), referrer(2, { artifactType: undefined })];
    const entries = [
      { ...subject, annotations: { [refName]: 'v1' } },
      { ...entryOf(one), annotations: { n: '1' }, artifactType: 'application/vnd.example' },
      entryOf(two),
    ];
    const storage = await layoutOf([root, one, two], entries);
    expect(await digestsOf(storage)).toEqual([entryOf(one).digest, entryOf(two).digest].sort());
    expect(await listed(storage, '?artifactType=application/vnd.example')).toEqual([
      { ...entryOf(one), artifactType: 'application/vnd.example', annotations: { n: '1' } },
    ]);
    expect(await digestsOf(storage, `?artifactType=${config.mediaType}`)).toEqual([entryOf(two).digest]);
  });

  test('what only an index lists is listed: a referrers tag, an index in an index', async () => {
    const [one, two] = [referrer(1), referrer(2)];
    const inner = indexOf([entryOf(two)], { subject });
    const outer = indexOf([entryOf(one), entryOf(inner), { digest: 'x' }]);
    const tagged = { ...entryOf(outer), annotations: { [refName]: subject.digest.replace(':', '-') } };
    const storage = await layoutOf([root, one, two, inner, outer], [tagged]);
    expect(await digestsOf(storage)).toEqual([one, two, inner].map((content) => entryOf(content).digest).sort());
  });

  test('a referrer of a retired type is listed, and its bytes can be had', async () => {
    const artifactType = 'application/vnd.example.scan';
    const text = JSON.stringify({ mediaType: artifactManifest, artifactType, blobs: [], subject, annotations: null });
    const old = { text, mediaType: artifactManifest };
    const storage = await layoutOf([root, old]);
    expect(await listed(storage)).toEqual([{ ...entryOf(old), artifactType }]);
    const response = await new TestClient({ storage }).send('GET', `a/manifests/${entryOf(old).digest}`);
    expect([response.headers.get('content-type'), await response.text()]).toEqual([artifactManifest, text]);
  });

  test('an entry whose type says nothing is what its content says', async () => {
    const one = referrer(1, { mediaType: undefined });
    const storage = await layoutOf([root, one], [{ ...entryOf(one), mediaType: '' }]);
    expect(await listed(storage)).toMatchObject([entryOf(one)]);
    const response = await new TestClient({ storage }).send('GET', `a/manifests/${entryOf(one).digest}`);
    expect([response.headers.get('content-type'), await response.text()]).toEqual([mediaTypes.manifest, one.text]);
  });

  test('what cannot be read is passed over', async () => {
    const one = referrer(1);
    const [json, foreign] = [
      { text: '[]', mediaType: mediaTypes.manifest },
      referrer(2, { subject: { ...subject, digest: 'md5:abc' } }),
    ];
    const large = { text: referrer(3).text.padEnd(4 * 1024 * 1024 + 1), mediaType: mediaTypes.manifest };
    const missing = entryOf(referrer(4));
    const odd = [null, { mediaType: mediaTypes.manifest }, { ...missing, digest: 'md5:abc' }, missing];
    const contents = [json, foreign, large, one];
    const storage = await layoutOf(contents, [...odd, ...contents.map(entryOf)]);
    expect(await digestsOf(storage)).toEqual([entryOf(one).digest]);
  });
});

describe('layouts written by others: they are looked through once', () => {
  const marker = 'a/_referrers/complete';

  test('what was found is there for the next registry, which does not look again', async () => {
    const [one, two] = [referrer(1), referrer(2)];
    const storage = await layoutOf([root, one]);
    expect(await digestsOf(storage)).toEqual([entryOf(one).digest]);
    const layout = new OciLayout(new ScopedStorage(storage, 'a/_layout'));
    await layout.push(entryOf(two), new Blob([two.text]));
    expect(await digestsOf(storage)).toEqual([entryOf(one).digest]);
    await storage.delete(marker);
    expect(await digestsOf(storage)).toEqual([entryOf(one).digest, entryOf(two).digest].sort());
  });

  test('what is pushed and deleted meanwhile is listed, and not listed', async () => {
    const before = Array.from({ length: 8 }, (_, n) => referrer(n));
    const pushed = Array.from({ length: 8 }, (_, n) => referrer(n + 8));
    const storage = await layoutOf([root, ...before, { text: '{}', mediaType: mediaTypes.empty }]);
    const client = new TestClient({ storage, sparse: true });
    await Promise.all([
      ...pushed.slice(0, 4).map((manifest) => client.pushManifest('a', manifest)),
      listed(storage, '', client),
      client.send('DELETE', `a/manifests/${entryOf(before[0]!).digest}`),
      listed(storage, '', client),
      ...pushed.slice(4).map((manifest) => client.pushManifest('a', manifest)),
    ]);
    const expected = [...before.slice(1), ...pushed].map((manifest) => entryOf(manifest).digest).sort();
    expect(await digestsOf(storage, '', client)).toEqual(expected);
    expect(await digestsOf(storage)).toEqual(expected);
  });

  test('nothing is written for a repository that is not there', async () => {
    const storage = new MemoryStorage();
    expect(await listed(storage)).toEqual([]);
    expect(await storage.list().next()).toMatchObject({ done: true });
  });

  test.for([
    ['full', { capacity: 1 }, undefined],
    ['read-only', {}, 'put'],
    ['full in the middle', {}, 'second put'],
  ] as const)('a registry that is %s lists what it finds, and looks again later', async ([, options, failing]) => {
    const referrers = [referrer(1), referrer(2), referrer(3)];
    const storage = await layoutOf([root, ...referrers]);
    const expected = referrers.map((one) => entryOf(one).digest).sort();
    const put = vi.spyOn(storage, 'put');
    if (failing === 'second put') put.mockImplementationOnce(MemoryStorage.prototype.put.bind(storage));
    if (failing) put.mockRejectedValue(new Error('EROFS'));
    const client = new TestClient({ storage, ...options });
    for (let i = 0; i < 2; i++) expect(await digestsOf(storage, '', client)).toEqual(expected);
    put.mockRestore();
    expect(await storage.get(marker)).toBeUndefined();
    if (failing) await client.send('DELETE', `a/manifests/${expected[0]}`);
    const left = expected.slice(failing ? 1 : 0);
    expect(await digestsOf(storage, '', client)).toEqual(left);
    expect(await digestsOf(storage)).toEqual(left);
    expect(await storage.get(marker)).toBeDefined();
  });

  test('a registry that is full still lists what it knows', async () => {
    const storage = await layoutOf([root]);
    await new TestClient({ storage, sparse: true }).pushManifest('a', referrer(1));
    const full = new TestClient({ storage, capacity: 1 });
    expect(await digestsOf(storage, '', full)).toEqual([entryOf(referrer(1)).digest]);
  });
});

describe('layouts written by others: tags', () => {
  test('each tag is listed once, and only what is a tag', async () => {
    const named = (name: string): object => ({ ...subject, annotations: { [refName]: name } });
    const entries = ['v1', 'docker.io/library/busybox:latest', 'v0', 'v1', ''].map(named);
    const client = new TestClient({ storage: await layoutOf([root], [...entries, 'x']) });
    expect(await (await client.send('GET', 'a/tags/list')).json()).toEqual({ name: 'a', tags: ['v0', 'v1'] });
  });

  test('a push keeps the entries that cannot be read', async () => {
    const bad = { mediaType: 'x', digest: 'sha256:abc', size: null };
    const storage = await layoutOf([root], [bad, subject]);
    const client = new TestClient({ storage, sparse: true });
    await client.pushManifest('a', manifestOf({ annotations: { n: '1' } }), 'v1');
    const index = JSON.parse(await (await storage.get('a/_layout/index.json'))!.text());
    expect(index.manifests).toContainEqual(bad);
    expect(index.manifests).toHaveLength(3);
  });
});
