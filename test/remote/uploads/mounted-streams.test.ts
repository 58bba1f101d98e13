import { describe, expect, test } from 'vitest';
import { openedLate } from '../../../src/bytes/late-stream.ts';
import { Registry } from '../../../src/index.ts';
import type { TransferEvent } from '../../../src/options.ts';
import { createRegistryServer } from '../../../src/server.ts';
import { bytesOf, descriptorOf, rejection } from '../../support/content.ts';
import { broken, fakeRepository, refusal, status } from '../../support/fake-fetch.ts';

const hello = descriptorOf('hello');
const mount = `POST /v2/org/hello/blobs/uploads/?mount=${encodeURIComponent(hello.digest)}&from=org%2Fother`;
const session = (): Response => status(202, { location: '/upload/1' });

/** A stream of text, and how often it was opened. */
function late(text: string): { stream: ReadableStream<Uint8Array>; opened: () => number } {
  let opened = 0;
  const stream = openedLate({
    expected: descriptorOf(text),
    async open() {
      opened++;
      return new Blob([bytesOf(text)]).stream();
    },
    failed: (error) => error,
  });
  return { stream, opened: () => opened };
}

test('a stream that is cancelled while it is opened cancels what was opened', async () => {
  const reason = new Error('enough');
  let give = (_: ReadableStream<Uint8Array>): void => {};
  let open = (): Promise<ReadableStream<Uint8Array>> => Promise.reject(reason);
  const asked = new Promise<void>((ask) => {
    open = () => {
      ask();
      return new Promise((resolve) => {
        give = resolve;
      });
    };
  });
  const reader = openedLate({ expected: hello, open, failed: (error) => error }).getReader();
  const reading = reader.read();
  await asked;
  await reader.cancel(reason);
  const cancelled = new Promise((cancel) => give(new ReadableStream({ cancel }, { highWaterMark: 0 })));
  expect(await cancelled).toBe(reason);
  expect((await reading).done).toBe(true);
});

describe('a stream that can be mounted', () => {
  test('is not read when the registry mounts the blob', async () => {
    const { repository, sent } = fakeRepository({ [mount]: () => status(201) });
    const { stream, opened } = late('hello');
    const events: TransferEvent[] = [];
    const onProgress = (event: TransferEvent): void => void events.push(event);
    await repository.push(hello, stream, { mountFrom: ['org/other'], onProgress });
    expect(sent()).toEqual([mount]);
    expect(opened()).toBe(0);
    expect(events).toEqual([{ type: 'skip', descriptor: hello, reason: 'mounted' }]);
  });

  test('is sent in the session that the registry starts instead', async () => {
    const put = `PUT /upload/1?digest=${encodeURIComponent(hello.digest)}`;
    const { repository, sent } = fakeRepository({ [mount]: session, [put]: () => status(201) });
    const { stream, opened } = late('hello');
    await repository.push(hello, stream, { mountFrom: ['org/other'] });
    expect(sent()).toEqual([mount, put]);
    expect(opened()).toBe(1);
  });

  for (const [code, error] of [
    [401, 'UNAUTHORIZED'],
    [403, 'DENIED'],
    [404, 'NAME_UNKNOWN'],
    [405, 'UNSUPPORTED'],
  ] as const) {
    test(`is sent in a session of its own after ${code}`, async () => {
      const start = 'POST /v2/org/hello/blobs/uploads/';
      const put = `PUT /upload/1?digest=${encodeURIComponent(hello.digest)}`;
      const { repository, sent } = fakeRepository({
        [mount]: () => refusal(code, error),
        [start]: session,
        [put]: () => status(201),
      });
      await repository.push(hello, late('hello').stream, { mountFrom: ['org/other'] });
      expect(sent()).toEqual([mount, start, put]);
    });
  }

  test('is cancelled when no session is started', async () => {
    const { repository } = fakeRepository({
      [mount]: () => refusal(403, 'DENIED'),
      'POST /v2/org/hello/blobs/uploads/': () => refusal(403, 'DENIED'),
    });
    let reason: unknown;
    const cancel = (given: unknown): void => {
      reason = given;
    };
    const stream = new ReadableStream<Uint8Array>({ cancel });
    const error = await rejection(repository.push(hello, stream, { mountFrom: ['org/other'] }));
    expect(error).toMatchObject({ code: 'DENIED' });
    expect(reason).toBe(error);
  });

  test('its session is cancelled when it cannot be read', async () => {
    const { repository, sent } = fakeRepository({ [mount]: session, 'DELETE /upload/1': () => status(204) });
    const failure = new Error('mine');
    const stream = new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(failure) });
    expect(await rejection(repository.push(hello, stream, { mountFrom: ['org/other'] }))).toBe(failure);
    expect(sent()).toEqual([mount, 'DELETE /upload/1']);
  });

  test('large content goes on in the session, too', async () => {
    const registry = new Registry({ fetch: createRegistryServer(), plainHttp: true });
    const text = 'x'.repeat(17 * 1024 * 1024);
    const large = descriptorOf(text);
    const repository = registry.repository('reg.test/org/hello');
    await repository.push(large, late(text).stream, { mountFrom: ['org/other'] });
    expect(await repository.exists(large)).toBe(true);
    const other = registry.repository('reg.test/org/third');
    const { stream, opened } = late(text);
    await other.push(large, stream, { mountFrom: ['org/hello'] });
    expect(await other.exists(large)).toBe(true);
    expect(opened()).toBe(0);
  });
});

test('a large stream that can be opened again is sent again when its token has expired', async () => {
  const text = 'x'.repeat(17 * 1024 * 1024);
  const large = descriptorOf(text);
  const server = createRegistryServer({ auth: { scheme: 'bearer', users: { alice: 'secret' } } });
  let isExpired = true;
  const registry = new Registry({
    credentials: { username: 'alice', password: 'secret' },
    retry: { delay: () => 0 },
    fetch: async (url, init) => {
      const isContent = init?.method === 'PUT' || init?.method === 'PATCH';
      const headers = new Headers(init?.headers);
      if (isContent && isExpired) {
        isExpired = false;
        headers.set('authorization', 'Bearer expired');
        await new Response(init.body as BodyInit).arrayBuffer();
        return server(url, { method: 'POST', headers });
      }
      return server(url, init as RequestInit);
    },
  });
  const repository = registry.repository('reg.test/org/hello');
  await repository.push(large, late(text).stream);
  expect(isExpired).toBe(false);
  expect(await repository.exists(large)).toBe(true);
});

test('a large stream that can be opened again is sent again when the connection breaks', async () => {
  const text = 'x'.repeat(17 * 1024 * 1024);
  const large = descriptorOf(text);
  const server = createRegistryServer();
  let breaks = 2;
  const registry = new Registry({
    plainHttp: true,
    retry: { delay: () => 0 },
    fetch: async (url, init) => {
      if (init?.method === 'PUT' || init?.method === 'PATCH') {
        if (breaks-- > 0) broken();
      }
      return server(url, init as RequestInit);
    },
  });
  const repository = registry.repository('reg.test/org/hello');
  const events: string[] = [];
  const onProgress = (event: TransferEvent): void => void (event.type !== 'transfer' && events.push(event.type));
  await repository.push(large, late(text).stream, { onProgress });
  expect(await repository.exists(large)).toBe(true);
  expect(events).toEqual(['start', 'done']);
});
