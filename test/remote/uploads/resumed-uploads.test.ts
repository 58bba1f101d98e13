import { digestOf, MemoryStorage, Registry, type StorageAdapter } from 'oras-js';
import { type Fault, faults } from 'oras-js/server';
import { describe, expect, test } from 'vitest';
import { rejection } from '../../support/content.ts';
import { atOnce } from '../../support/fake-fetch.ts';
import { noise } from '../../support/noise.ts';
import { count, isPatch, isPut, kib } from '../../support/upload-checks.ts';
import {
  described,
  host,
  pathsBelow,
  recorder,
  type UploadRegistry,
  uploadRegistry,
} from '../../support/upload-registry.ts';

const bytes = noise(500 * kib, 61);
const file = { name: 'model.bin', content: new Blob([bytes]) };
const { digest } = described(bytes);
const reference = `${host}/org/files:v1`;
const chunkSize = 100 * kib;
const reason = new Error('paused');

/** The same notes, and what is told how many bytes have arrived with each that is written. */
function told(notes: StorageAdapter, arrived: (bytes: number) => void): StorageAdapter {
  return {
    get: (path, options) => notes.get(path, options),
    list: (prefix, options) => notes.list(prefix, options),
    delete: (path, options) => notes.delete(path, options),
    put: async (path, content, options) => {
      await notes.put(path, content, options);
      arrived(JSON.parse(await (content as Blob).text()).offset);
    },
  };
}

/** Pushes and stops when so many chunks have arrived. */
async function pushPart(it: UploadRegistry, notes: StorageAdapter, chunks = 2, input = file): Promise<void> {
  const abort = new AbortController();
  const pushing = it.registry.push(reference, [input], {
    chunkSize,
    resume: told(notes, (bytes) => bytes >= chunks * chunkSize && abort.abort(reason)),
    signal: abort.signal,
  });
  expect(await rejection(pushing)).toBe(reason);
}

/** Pushes to the end: the events, the bytes that were sent for it, and the requests. */
async function pushRest(
  it: UploadRegistry,
  notes: StorageAdapter,
  input = file,
): Promise<{ types: string[]; sent: number; log: string[]; first: unknown }> {
  const { events, types, onProgress } = recorder();
  const [before, requests] = [it.sent(), it.log.length];
  await it.registry.push(reference, [input], { chunkSize, resume: notes, onProgress });
  const first = events.find(({ type }) => type === 'resume' || type === 'restart');
  return { types: types(), sent: it.sent() - before - 2, log: it.log.slice(requests), first };
}

async function expectPulled(it: UploadRegistry, expected = digest): Promise<void> {
  const [pulled] = (await it.healthy.pull(reference)).files;
  expect(digestOf(new Uint8Array(await (await pulled!.blob()).arrayBuffer()))).toBe(expected);
  expect(await it.leftovers()).toEqual([]);
}

/** The only note there is, as it is stored. */
async function noteIn(notes: MemoryStorage): Promise<{ path: string; note: Record<string, unknown> }> {
  const [path = '', ...others] = await pathsBelow(notes);
  expect(others).toEqual([]);
  return { path, note: JSON.parse(await (await notes.get(path))!.text()) };
}

async function changeNote(notes: MemoryStorage, change: Record<string, unknown>): Promise<void> {
  const { path, note } = await noteIn(notes);
  await notes.put(path, new Blob([JSON.stringify({ ...note, ...change })]));
}

describe('resumed uploads', () => {
  test.for([1, 2, 4])('after %i chunks only what is missing is sent', async (chunks) => {
    const it = uploadRegistry();
    const notes = new MemoryStorage();
    await pushPart(it, notes, chunks);
    expect(await it.leftovers()).not.toEqual([]);
    const { first, sent, types, log } = await pushRest(it, notes);
    expect(sent).toBe(bytes.length - chunks * chunkSize);
    expect(first).toMatchObject({ type: 'resume', transferred: chunks * chunkSize, descriptor: { digest } });
    expect(types.slice(0, 5)).toEqual(['hash', 'resume', 'start', 'transfer', 'done']);
    expect(log.slice(0, 2)).toEqual(['HEAD', 'GET']);
    await expectPulled(it);
    expect(await pathsBelow(notes)).toEqual([]);
  });

  test('paused many times', async () => {
    const it = uploadRegistry();
    const notes = new MemoryStorage();
    for (const chunks of [1, 2, 3, 4]) await pushPart(it, notes, chunks);
    await pushRest(it, notes);
    expect(it.sent() - 2).toBe(bytes.length);
    await expectPulled(it);
  });

  test('paused while a chunk is sent: it is sent again, and no more', async () => {
    const abort = new AbortController();
    const stopping: Fault = async (request, next) => {
      if (request.headers.get('content-range')?.startsWith('204800-')) abort.abort(reason);
      return next(request);
    };
    const notes = new MemoryStorage();
    const it = uploadRegistry([stopping, faults.newLocations()]);
    const options = { chunkSize, resume: notes, signal: abort.signal };
    expect(await rejection(it.registry.push(reference, [file], options))).toBe(reason);
    const { first, sent } = await pushRest(it, notes);
    expect(first).toMatchObject({ type: 'resume' });
    expect(sent).toBeLessThanOrEqual(bytes.length - 2 * chunkSize);
    await expectPulled(it);
  });

  test('what fits into one request is sent in one, also after a pause', async () => {
    const it = uploadRegistry([faults.cutUpload(100_000, { match: isPut, times: 1 })], {
      client: { retry: { limit: 0 } },
    });
    const notes = new MemoryStorage();
    const pushing = it.registry.push(reference, [file], { resume: notes });
    expect(await rejection(pushing)).toMatchObject({ code: 'NETWORK' });
    const events = recorder();
    await it.registry.push(reference, [file], { resume: notes, onProgress: events.onProgress });
    expect(events.types()).toContain('resume');
    expect(count(it, 'PATCH')).toBe(0);
    await expectPulled(it);
  });

  test('the smallest chunk that the registry takes is remembered', async () => {
    const it = uploadRegistry([faults.minChunk(150 * kib)]);
    const notes = new MemoryStorage();
    await pushPart(it, notes, 1);
    const { log, sent } = await pushRest(it, notes);
    expect(log.filter((line) => line.startsWith('PATCH'))).toEqual([
      'PATCH 153600-307199',
      'PATCH 307200-460799',
      'PATCH 460800-511999',
    ]);
    expect(sent).toBe(bytes.length - 150 * kib);
    await expectPulled(it);
  });

  test('all of it had come: only the end is asked for', async () => {
    const it = uploadRegistry([faults.disconnect({ match: isPut, times: 1 })], { client: { retry: { limit: 0 } } });
    const notes = new MemoryStorage();
    const pushing = it.registry.push(reference, [file], { chunkSize, resume: notes });
    expect(await rejection(pushing)).toMatchObject({ code: 'NETWORK' });
    expect((await pushRest(it, notes)).sent).toBe(0);
    await expectPulled(it);
  });

  test('many files of one artifact, each with its own note', async () => {
    const abort = new AbortController();
    // All three are begun before one goes on, and none has ended before the end of all.
    let begun = 0;
    let go = (): void => {};
    const all = new Promise<void>((resolve) => {
      go = resolve;
    });
    const ended = new Promise<void>((resolve) => abort.signal.addEventListener('abort', () => resolve()));
    const together: Fault = async (request, next) => {
      if (request.method === 'PATCH') {
        if (++begun === 3) go();
        await all;
      }
      if (isPut(request)) await ended;
      return next(request);
    };
    const it = uploadRegistry([together]);
    const notes = new MemoryStorage();
    const contents = [1, 2, 3].map((seed) => noise(300 * kib, 70 + seed));
    const files = contents.map((content, i) => ({ name: `${i}.bin`, content: new Blob([content]) }));
    let steps = 0;
    const pushing = it.registry.push(reference, files, {
      chunkSize,
      resume: told(notes, (bytes) => bytes > 0 && ++steps === 5 && abort.abort(reason)),
      signal: abort.signal,
    });
    expect(await rejection(pushing)).toBe(reason);
    expect(await pathsBelow(notes)).toHaveLength(3);
    const before = it.sent();
    await it.registry.push(reference, files, { chunkSize, resume: notes });
    expect(before).toBeGreaterThanOrEqual(5 * chunkSize);
    expect(it.sent() - 2).toBeLessThanOrEqual(900 * kib + 3 * chunkSize);
    expect((await it.healthy.pull(reference)).files).toHaveLength(3);
    expect(await it.leftovers()).toEqual([]);
    expect(await pathsBelow(notes)).toEqual([]);
  });
});

describe('resumed uploads: begun again', () => {
  test.for([
    ['other bytes', noise(500 * kib, 62)],
    ['another size', noise(400 * kib, 61)],
  ] as const)(
    'the file has changed (%s): it says so, the old session is gone, and all of it is sent',
    async ([, changed]) => {
      const it = uploadRegistry();
      const notes = new MemoryStorage();
      await pushPart(it, notes);
      const { first, sent, log } = await pushRest(it, notes, { ...file, content: new Blob([changed]) });
      expect(first).toMatchObject({ type: 'restart', reason: 'changed' });
      expect(log.slice(0, 3)).toEqual(['HEAD', 'DELETE', 'POST']);
      expect(sent).toBe(changed.length);
      await expectPulled(it, digestOf(changed));
      expect(await pathsBelow(notes)).toEqual([]);
    },
  );

  test.for<[string, Fault]>([
    ['is gone', faults.expireUpload({ match: ({ method }) => method === 'GET', times: 1 })],
    ['is not told of', faults.refuse(405, { match: isStatusOf, times: 1 })],
    ['has more than the file', tooMuch],
  ])('the session %s: it says that it expired, and all of it is sent', async ([, fault]) => {
    const it = uploadRegistry([fault]);
    const notes = new MemoryStorage();
    await pushPart(it, notes);
    const { first, sent } = await pushRest(it, notes);
    expect(first).toMatchObject({ type: 'restart', reason: 'expired' });
    expect(sent).toBe(bytes.length);
    await expectPulled(it);
  });

  test('the session has other bytes than it should have: the digest shows it', async () => {
    const it = uploadRegistry();
    const notes = new MemoryStorage();
    await pushPart(it, notes);
    const [chunk] = (await it.leftovers()).filter((path) => path.includes('.'));
    await it.storage.put(chunk!, new Blob([noise(chunkSize, 99)]));
    const { first } = await pushRest(it, notes);
    expect(first).toMatchObject({ type: 'resume' });
    await expectPulled(it);
  });
});

function isStatusOf({ method, url }: Request): boolean {
  return method === 'GET' && url.includes('/uploads/');
}

async function tooMuch(request: Request, next: (request: Request) => Promise<Response>): Promise<Response> {
  const response = await next(request);
  if (isStatusOf(request)) response.headers.set('range', '0-999999999');
  return response;
}

describe('resumed uploads: notes', () => {
  test('have nothing secret in them, and nothing of the content', async () => {
    const alice = { username: 'alice', password: 's3cret-pass' };
    const auth = { scheme: 'bearer' as const, users: { alice: alice.password } };
    const it = uploadRegistry([], { client: { credentials: alice }, server: { auth } });
    const notes = new MemoryStorage();
    await pushPart(it, notes);
    const { note } = await noteIn(notes);
    expect(Object.keys(note).sort()).toEqual(
      ['digest', 'location', 'maximum', 'minimum', 'offset', 'repository', 'size'].sort(),
    );
    expect(JSON.stringify(note)).not.toMatch(/s3cret|Bearer|Basic/);
    expect(note).toMatchObject({ digest, size: bytes.length, offset: 2 * chunkSize });
  });

  test.for<[string, string]>([
    ['nothing', ''],
    ['no JSON', '{'],
    ['null', 'null'],
    ['a number', '7'],
    ['no location', JSON.stringify({ digest })],
    ['too much', 'x'.repeat(100_000)],
  ])('rubbish (%s) is passed over', async ([, text]) => {
    const it = uploadRegistry();
    const notes = new MemoryStorage();
    await pushPart(it, notes);
    const { path } = await noteIn(notes);
    await notes.put(path, new Blob([text]));
    const { first, sent } = await pushRest(it, notes);
    expect(first).toBe(undefined);
    expect(sent).toBe(bytes.length);
    expect(await pathsBelow(notes)).toEqual([]);
  });

  test.for<[string, Record<string, unknown>]>([
    ['an offset', { offset: 'x' }],
    ['a negative offset', { offset: -7 }],
    ['sizes of chunks', { minimum: '\n', maximum: -1 }],
    ['more sizes of chunks', { minimum: null, maximum: {} }],
  ])('%s that cannot be: the registry is asked', async ([, change]) => {
    const it = uploadRegistry();
    const notes = new MemoryStorage();
    await pushPart(it, notes);
    await changeNote(notes, change);
    expect((await pushRest(it, notes)).sent).toBe(bytes.length - 2 * chunkSize);
    await expectPulled(it);
  });

  test('of another registry or repository are not for this one', async () => {
    const notes = new MemoryStorage();
    await pushPart(uploadRegistry(), notes);
    const it = uploadRegistry();
    await it.registry.push(`${host}/org/others:v1`, [file], { chunkSize, resume: notes });
    expect(it.log).not.toContain('GET');
    const { note } = await noteIn(notes);
    expect(note.repository).toContain('/org/files');
    await changeNote(notes, { repository: 'http://elsewhere.test/v2/org/files' });
    const { first } = await pushRest(it, notes);
    expect(first).toBe(undefined);
  });

  test.for([
    ['file:///etc/passwd'],
    ['javascript:x'],
    ['http://user:password@localhost:5000/v2/org/files/blobs/uploads/1'],
    [['http://localhost:5000/x']],
    [{}],
  ])('the address %j is not asked', async ([location]) => {
    const urls: string[] = [];
    const it = uploadRegistry([seen(urls)]);
    const notes = new MemoryStorage();
    await pushPart(it, notes);
    await changeNote(notes, { location });
    urls.length = 0;
    await pushRest(it, notes);
    const hosts = new Set(urls.map((url) => new URL(url).host));
    expect([...hosts]).toEqual([host]);
    await pushRest(it, notes);
  });

  test('an address elsewhere gets no credentials, and nothing where nobody else is trusted', async () => {
    for (const uploads of ['any', []] as const) {
      const asked: string[] = [];
      const it = uploadRegistry();
      const client = new Registry({
        fetch: async (url, init) => {
          const authorization = new Headers(init?.headers).get('authorization');
          if (url.includes('evil.example')) asked.push(`${init?.method} ${authorization}`);
          return url.includes('evil.example') ? new Response(null, { status: 404 }) : it.fetch(url, init);
        },
        credentials: { username: 'alice', password: 's3cret-pass' },
        retry: atOnce,
        trust: { uploads },
      });
      const notes = new MemoryStorage();
      await pushPart(it, notes);
      await changeNote(notes, { location: 'http://evil.example/upload' });
      await client.push(reference, [file], { chunkSize, resume: notes });
      expect(asked).toEqual(uploads === 'any' ? ['GET null', 'DELETE null'] : []);
    }
  });

  test('are kept after an abort and a broken connection, and removed after a refusal', async () => {
    const notes = new MemoryStorage();
    const settings = { client: { retry: { limit: 0 } } };
    const broken = uploadRegistry([faults.disconnect({ match: isSecond })], settings);
    const push = (it: UploadRegistry): Promise<unknown> =>
      rejection(it.registry.push(reference, [file], { chunkSize, resume: notes }));
    expect(await push(broken)).toMatchObject({ code: 'NETWORK' });
    expect((await noteIn(notes)).note).toMatchObject({ offset: chunkSize });
    expect(await broken.leftovers()).not.toEqual([]);
    const busy = uploadRegistry([faults.refuse(503, { match: isSecond })], settings);
    expect(await push(busy)).toMatchObject({ status: 503 });
    expect((await noteIn(notes)).note).toMatchObject({ offset: chunkSize });
    const refused = uploadRegistry([faults.refuse(403, { match: isPatch })], settings);
    expect(await push(refused)).toMatchObject({ code: 'DENIED' });
    expect(await pathsBelow(notes)).toEqual([]);
    expect(await refused.leftovers()).toEqual([]);
  });

  test('that cannot be written are an error, and nothing is left', async () => {
    const it = uploadRegistry();
    const notes = new MemoryStorage();
    notes.put = () => Promise.reject(reason);
    expect(await rejection(it.registry.push(reference, [file], { chunkSize, resume: notes }))).toBe(reason);
    expect(await it.leftovers()).toEqual([]);
  });
});

const isSecond = ({ headers }: Request): boolean => headers.get('content-range')?.startsWith('102400-') === true;

function seen(urls: string[]): Fault {
  return (request, next) => {
    urls.push(request.url);
    return next(request);
  };
}
