import { describe, expect, test } from 'vitest';
import { pull } from '../src/actions/pull/pull.ts';
import { checkNames } from '../src/actions/pull/titled-layers.ts';
import { push } from '../src/actions/push/push.ts';
import { readAll } from '../src/bytes/streams.ts';
import { isOrasError } from '../src/errors.ts';
import { MemoryStorage, OciLayout, type StorageAdapter } from '../src/index.ts';
import { parseManifest } from '../src/oci/manifest.ts';
import { mediaTypes } from '../src/oci/media-types.ts';
import { selectPlatform } from '../src/oci/platform.ts';
import { serializeIndex, serializeManifest } from '../src/oci/serialize.ts';
import { parseChallenges } from '../src/remote/answers/challenge.ts';
import { responseError } from '../src/remote/answers/error-response.ts';
import { nextLink } from '../src/remote/answers/locations.ts';
import { mergeScopes } from '../src/remote/auth/scopes.ts';
import { parseWarnings } from '../src/remote/http/warnings.ts';
import type { Descriptor, Manifest } from '../src/types.ts';
import { bytesOf, descriptorOf, itemsOf, rejection } from './support/content.ts';
import { fakeRepository, json, status } from './support/fake-fetch.ts';
import { stepsOf } from './support/steps.ts';

const title = 'org.opencontainers.image.title';
const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const layersOf = (count: number, nameOf = (i: number): string => `folder/file ${i}`): Descriptor[] =>
  numbers(count).map((i) => ({ ...descriptorOf(`${i % 10}`), annotations: { [title]: nameOf(i) } }));
/** Looks through the names of files that are to be written. */
const checkTitles = (titles: readonly string[], signal?: AbortSignal): Promise<unknown> =>
  checkNames(
    titles.map((name, i) => ({ name, layer: { mediaType: 'a/b', digest: `${i}`, size: i } })),
    {},
    signal,
  );
const manifestOf = (layers: Descriptor[]): Manifest => ({
  schemaVersion: 2,
  mediaType: mediaTypes.manifest,
  config: descriptorOf('{}', mediaTypes.empty),
  layers,
});
const indexOf = (count: number): Parameters<typeof serializeIndex>[0] => ({
  schemaVersion: 2,
  mediaType: mediaTypes.index,
  manifests: numbers(count).map((i) => ({
    ...descriptorOf(`${i}`, mediaTypes.manifest),
    platform: { os: 'linux', architecture: `cpu${i}` },
    annotations: { 'org.opencontainers.image.ref.name': `v${i}` },
  })),
});

async function layoutOf(count: number): Promise<OciLayout> {
  const storage = new MemoryStorage();
  await storage.put('oci-layout', new Blob(['{"imageLayoutVersion":"1.0.0"}']));
  await storage.put('index.json', new Blob([serializeIndex(indexOf(count))]));
  return new OciLayout(storage);
}

/** A storage that tells what is at a path only by a list. */
function listing(storage: StorageAdapter): StorageAdapter {
  return {
    get: (path, options) => storage.get(path, options),
    list: (prefix, options) => storage.list(prefix, options),
    put: (path, content, options) => storage.put(path, content, options),
    delete: (path, options) => storage.delete(path, options),
  };
}

/** As many files that are there as are to be pulled. */
async function pulled(count: number, storageOf: (storage: StorageAdapter) => StorageAdapter): Promise<unknown> {
  const { repository } = fakeRepository(({ url }) =>
    url.includes('/manifests/')
      ? new Response(serializeManifest(manifestOf(layersOf(count))), {
          headers: { 'content-type': mediaTypes.manifest },
        })
      : new Response(url.slice(-1)),
  );
  const contents = new Map(numbers(10).map((i) => [descriptorOf(`${i}`).digest, `${i}`]));
  repository.fetch = async ({ digest }) => new Response(contents.get(digest)).body!;
  const storage = new MemoryStorage();
  for (const i of numbers(count)) await storage.put(`folder/other ${i}`, new Blob([]));
  return pull(repository, 'v1', { to: storageOf(storage) });
}

const errorOf = (text: string): Response => new Response(text, { status: 500 });

/** Looks for the next page, be it that the header cannot be read. */
function linksIn(header: string): unknown {
  try {
    return nextLink(linked(header), 'https://reg.test/');
  } catch (error) {
    return error;
  }
}

/** What is done with what a registry or a layout sends, by how much it sends; the smaller of the two sizes. */
const works: readonly [string, number, (count: number) => unknown][] = [
  ['titles with more parts', 100, (parts) => checkTitles([`${'a/'.repeat(parts)}f`, `${'a/'.repeat(parts)}g`])],
  ['more titles', 1000, (count) => checkTitles(numbers(count).map((i) => `a/b/c/${i}`))],
  ['more folders', 1000, (count) => checkTitles(numbers(count).map((i) => `${`${i}`.padStart(6, '0')}/b/c/d`))],
  ['a manifest with more layers', 1000, (count) => parseManifest(serializeManifest(manifestOf(layersOf(count))))],
  [
    'a manifest with more annotations',
    1000,
    (count) => {
      const annotations = Object.fromEntries(numbers(count).map((i) => [`key ${i}`, 'value']));
      return parseManifest(serializeManifest({ ...manifestOf([]), annotations }));
    },
  ],
  [
    'an index with more platforms',
    1000,
    (count) => selectPlatform(indexOf(count).manifests, { os: 'x', architecture: 'y' }),
  ],
  ['a longer tag list', 1000, (count) => tagsOf(() => json({ tags: numbers(count).map((i) => `v${i}`) }))],
  [
    'more pages of tags',
    100,
    (count) =>
      tagsOf((number) => {
        const link = number < count ? { link: `<?last=${number}>; rel="next"` } : undefined;
        return json({ tags: ['v1'] }, link && { headers: link });
      }),
  ],
  [
    'a longer error',
    1000,
    (count) => refused(errorOf(JSON.stringify({ errors: numbers(count).map(() => ({ code: 'X' })) }))),
  ],
  ['an error that is no JSON', 5000, (count) => refused(errorOf('<'.repeat(count)))],
  ['a challenge with more schemes', 500, (count) => parseChallenges('a '.repeat(count))],
  [
    'a challenge with more parameters',
    500,
    (count) => parseChallenges(`Bearer ${numbers(count).map((i) => `p${i}=1`)}`),
  ],
  ['a challenge with more scopes', 500, (count) => mergeScopes(...numbers(count).map((i) => `repository:r${i}:pull`))],
  ['a challenge with more actions', 500, (count) => mergeScopes(`repository:r:${numbers(count)}`)],
  ['more links', 200, (count) => nextLink(linked('<x>; rel="prev", '.repeat(count)), 'https://reg.test/')],
  ['links that are none', 1000, (count) => linksIn('<'.repeat(count))],
  ['links that are none, with commas', 1000, (count) => linksIn('<a>;b="\\",'.repeat(count))],
  [
    'more warnings',
    100,
    (count) =>
      parseWarnings(
        numbers(count)
          .map(() => '299 - "x"')
          .join(', '),
      ),
  ],
  ['a body in more pieces', 1000, (count) => readAll(inPieces(count), count)],
  ['a layout with more tags', 500, async (count) => itemsOf((await layoutOf(count)).tags())],
  ['a layout with more to look through', 500, async (count) => rejection((await layoutOf(count)).resolve('none'))],
  ['a layout with more beside what is removed', 500, async (count) => (await layoutOf(count)).untag('v1')],
  ['a pull of more files', 200, (count) => pulled(count, (storage) => storage)],
  ['a pull of more files to a storage that only lists', 200, (count) => pulled(count, listing)],
  ['a stream in more pieces', 1000, (count) => streamed(count)],
];

async function tagsOf(answer: (number: number) => Response): Promise<unknown> {
  return itemsOf(fakeRepository((_, number) => answer(number)).repository.tags());
}

function refused(response: Response): Promise<unknown> {
  return responseError(response, { method: 'GET', url: 'https://reg.test/', what: 'Cannot' });
}

function linked(link: string): Response {
  return new Response(null, { headers: { link } });
}

function inPieces(count: number): ReadableStream<Uint8Array> {
  let left = count;
  return new ReadableStream({
    pull: (controller) => (left-- > 0 ? controller.enqueue(new Uint8Array(1)) : controller.close()),
  });
}

/** A stream that is sent in two chunks, however many pieces each has. */
async function streamed(count: number): Promise<void> {
  const { repository } = fakeRepository(({ method }) => {
    if (method === 'POST' || method === 'PATCH') return status(202, { location: '/v2/org/hello/u/1' });
    return status(method === 'PUT' ? 201 : 404);
  });
  const pending = await repository.begin(inPieces(count), { chunkSize: count / 2 });
  await pending.commit({ ...descriptorOf(''), size: count });
}

describe('what a registry or a layout sends', () => {
  test.for(works)('%s: twice as much takes twice as many steps', async ([, size, work]) => {
    // What is loaded or compiled when it is first used.
    await stepsOf(() => work(2));
    const once = await stepsOf(() => work(size));
    const twice = await stepsOf(() => work(size * 2));
    expect(once).toBeGreaterThan(size / 2);
    expect(twice / once).toBeLessThan(2.15);
  });

  test('files like those of the tag: twice as many files and layers take twice as many steps', async () => {
    const steps = async (count: number): Promise<number> => {
      const content = new Blob([new Uint8Array(4 * 1024 * 1024)]);
      const layers = layersOf(count, (i) => `${i}`).map((layer) => ({ ...layer, size: content.size }));
      const target = new OciLayout(new MemoryStorage());
      Object.assign(target, {
        fetchReference: async () => {
          const bytes = serializeManifest(manifestOf(layers));
          return { descriptor: descriptorOf('', mediaTypes.manifest), bytes };
        },
        begin: async () => expect.unreachable(),
        exists: async () => true,
      });
      const hash = async (): Promise<string> => descriptorOf('0').digest;
      const files = numbers(count).map((i) => ({ name: `${i}`, content }));
      return stepsOf(() => push(target, 'v1', files, { hash }));
    };
    await steps(2);
    const once = await steps(500);
    expect((await steps(1000)) / once).toBeLessThan(2.15);
  });
});

describe('titles of an artifact', () => {
  const deep = (i: number): string => `${i}/${'a/'.repeat(250)}f`;

  test('a path with 256 parts is taken, and one with more refused', async () => {
    await checkTitles([`${'a/'.repeat(255)}f`]);
    const error = await rejection(checkTitles([`${'a/'.repeat(256)}f`]));
    expect(isOrasError(error, 'UNSAFE_PATH') && error.message).toMatch(/it has more than 256 parts$/);
  });

  test('65,536 folders are taken, and more refused before anything is asked for or written', async () => {
    await checkTitles(numbers(65_536).map((i) => `${i}/f`));
    const layers = layersOf(300, deep);
    const { repository, sent } = fakeRepository(
      () => new Response(serializeManifest(manifestOf(layers)), { headers: { 'content-type': mediaTypes.manifest } }),
    );
    const to = new MemoryStorage();
    const error = await rejection(pull(repository, 'v1', { to }));
    expect(isOrasError(error, 'UNSUPPORTED') && error.message).toMatch(/more than 65536 folders/);
    expect(sent()).toHaveLength(1);
    expect(await itemsOf(to.list())).toEqual([]);
  });

  test('an abort is seen while they are looked through', async () => {
    const reason = new Error('enough');
    const abort = new AbortController();
    setTimeout(() => abort.abort(reason));
    const same = numbers(2000).map((i) => `${'a/'.repeat(250)}${i}`);
    expect(await rejection(checkTitles(same, abort.signal))).toBe(reason);
  });
});

test('bytes are what was sent, however the stream was cut', async () => {
  const bodies: Blob[] = [];
  const { repository } = fakeRepository(({ method, body }) => {
    if (method === 'PATCH') bodies.push(body as Blob);
    if (method === 'POST' || method === 'PATCH') return status(202, { location: '/v2/org/hello/u/1' });
    return status(201);
  });
  const pieces = ['a', '', 'bcd', 'e', 'fghijk', 'lm'].map(bytesOf);
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of pieces) controller.enqueue(piece);
      controller.close();
    },
  });
  const pending = await repository.begin(stream, { chunkSize: 3 });
  await pending.commit(descriptorOf('abcdefghijklm'));
  expect((await Promise.all(bodies.map((body) => body.text()))).join('')).toBe('abcdefghijklm');
  expect(bodies.slice(0, -1).every(({ size }) => size % 3 === 0)).toBe(true);
});
