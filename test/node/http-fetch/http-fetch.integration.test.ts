import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createNetServer, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, inject, test } from 'vitest';
import { createHttpFetch } from '../../../src/node/http-fetch/http-fetch.ts';
import type { Fetch, FetchInit } from '../../../src/remote/http/fetch.ts';
import { rejection } from '../../support/content.ts';
import { noise } from '../../support/noise.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A server of node:http, and which of its connections each request came over. */
async function served(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<{ url: string; server: Server; connections: Socket[]; seen: IncomingMessage[] }> {
  const connections: Socket[] = [];
  const seen: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    seen.push(request);
    answer(request, response);
  });
  server.on('connection', (socket) => connections.push(socket));
  return { url: await listening(server), server, connections, seen };
}

/** A server that writes bytes, for what node:http would not say. */
async function spoken(answer: (socket: Socket, number: number) => void): Promise<string> {
  let number = 0;
  const sockets: Socket[] = [];
  const server = createNetServer((socket) => {
    sockets.push(socket.on('error', () => {}));
    socket.on('data', () => answer(socket, number++));
  });
  closing.push(() => sockets.forEach((socket) => void socket.destroy()));
  return listening(server as Server);
}

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.closeAllConnections?.();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('latin1')) text += chunk;
  return text;
}

/** Answers with what was asked. */
async function echo(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { headers, method, url } = request;
  response.end(JSON.stringify({ method, url, headers, body: await textOf(request) }));
}

describe('httpFetch: what is sent', () => {
  test('a request without anything is a GET that names its sender', async () => {
    const { url } = await served(echo);
    const { method, headers, url: path } = (await (await createHttpFetch()(`${url}/a%20b?c=d#e`)).json()) as never;
    expect([method, path]).toEqual(['GET', '/a%20b?c=d']);
    const host = new URL(url).host;
    expect(headers).toEqual({ accept: '*/*', 'user-agent': 'node', host, connection: 'keep-alive' });
  });

  test.for<[string, FetchInit, object, string]>([
    ['a Blob', { body: new Blob(['hi']) }, { 'content-length': '2' }, 'hi'],
    ['a Blob with a type', { body: new Blob(['hi'], { type: 'a/b' }) }, { 'content-type': 'a/b' }, 'hi'],
    ['an empty Blob', { body: new Blob([]) }, { 'content-length': '0' }, ''],
    ['no body', {}, { 'content-length': '0' }, ''],
    ['a text', { body: 'hi' }, { 'content-type': 'text/plain;charset=UTF-8', 'content-length': '2' }, 'hi'],
    ['a form', { body: new URLSearchParams({ a: 'b' }) }, { 'content-length': '3' }, 'a=b'],
    ['bytes', { body: new Uint8Array([65]) }, { 'content-length': '1' }, 'A'],
    [
      'headers that contradict it',
      { body: new Blob(['hi'], { type: 'a/b' }), headers: { 'Content-Length': '9', host: 'x', 'content-type': 'c/d' } },
      { 'content-length': '2', 'content-type': 'c/d' },
      'hi',
    ],
  ])('%s', async ([, init, headers, body]) => {
    const { url } = await served(echo);
    const answer = await (await createHttpFetch()(url, { method: 'POST', ...init })).json();
    expect(answer).toMatchObject({ headers: { ...headers, host: new URL(url).host }, body });
  });

  test('a Blob is told as it is taken, and no more of it is read than that', async () => {
    const size = 32_000_000;
    let read = 0;
    const piece = 64_000;
    const stream = (): ReadableStream<Uint8Array> =>
      new ReadableStream({
        pull(controller) {
          if (read === size) return controller.close();
          read += piece;
          controller.enqueue(new Uint8Array(piece));
        },
      });
    const body = Object.defineProperties(new Blob([]), { size: { value: size }, stream: { value: stream } });
    const told: number[] = [];
    let whenStopped = { read: size, told: size };
    const { url } = await served((request, response) => {
      request.once('readable', () => {
        whenStopped = { read, told: told.at(-1) ?? 0 };
        textOf(request).then((text) => response.end(`${text.length}`));
      });
    });
    const answer = await createHttpFetch()(url, { method: 'PUT', body, onSent: (bytes) => told.push(bytes) });
    expect(await answer.text()).toBe(`${size}`);
    expect(whenStopped.told).toBeLessThan(size);
    expect(whenStopped.read).toBeLessThan(size);
    expect(told.length).toBeGreaterThanOrEqual(size / piece);
    expect(told).toEqual([...told].sort((a, b) => a - b));
    expect(told.at(-1)).toBe(size);
  });

  test('a Blob that cannot be read, or has another size than it says, fails the request', async () => {
    const { url } = await served((request) => request.resume());
    const reason = new Error('the disk is gone');
    const failing = (size: number, start: (controller: ReadableStreamDefaultController) => void): Blob =>
      Object.defineProperties(new Blob(['x'.repeat(size)]), {
        stream: { value: () => new ReadableStream({ start }) },
      });
    const bodies: [Blob, unknown][] = [
      [failing(10, (it) => it.error(reason)), reason],
      [failing(10, (it) => it.close()), { message: 'the content is shorter than it was said to be' }],
      [failing(1, (it) => it.enqueue(new Uint8Array(2))), { message: 'the content is longer than it was said to be' }],
    ];
    for (const [body, cause] of bodies) {
      const failed = createHttpFetch()(url, { method: 'PUT', body });
      await expect(failed).rejects.toMatchObject({ name: 'TypeError', message: 'fetch failed', cause });
    }
  });

  test('what `onSent` throws is what the request fails with', async () => {
    const { url } = await served(echo);
    const reason = new Error('enough');
    const onSent = (): never => {
      throw reason;
    };
    expect(await rejection(createHttpFetch()(url, { method: 'PUT', body: new Blob(['x']), onSent }))).toBe(reason);
  });

  test.for<[string, string, FetchInit?]>([
    ['an address with credentials', 'http://alice:hunter2@127.0.0.1/'],
    ['an address that is none', 'http://hunter2:hunter2'],
    ['an address of another scheme', 'ftp://hunter2/'],
    ['an invalid header', 'http://127.0.0.1/', { headers: { authorization: 'Basic hunter2\nx' } }],
    ['a header of control characters', 'http://127.0.0.1/', { headers: { authorization: 'Basic hunter2\u0001x' } }],
  ])('%s is refused, and not quoted', async ([, url, init]) => {
    const error = (await rejection(createHttpFetch()(url, init))) as Error;
    expect(error).toBeInstanceOf(TypeError);
    expect(`${error.stack} ${(error.cause as Error).stack}`).not.toContain('hunter2');
  });
});

describe('httpFetch: the answer', () => {
  test('has address, status and headers as those of fetch', async () => {
    const head = ['set-cookie', 'a=b', 'Set-Cookie', 'c=d', 'www-authenticate', 'Basic', 'WWW-Authenticate', 'Bearer'];
    const { url } = await served((_, response) => response.writeHead(401, 'No Way', head).end('hi'));
    const [ours, theirs] = await Promise.all([createHttpFetch()(`${url}/a?b#c`), fetch(`${url}/a?b#c`)]);
    const shown = (it: Response): unknown[] => [it.url, it.redirected, it.status, it.statusText, it.ok];
    expect(shown(ours)).toEqual(shown(theirs));
    const { 'keep-alive': _, date: __, ...headers } = Object.fromEntries(ours.headers);
    expect(Object.fromEntries(theirs.headers)).toMatchObject(headers);
    expect(ours.headers.getSetCookie()).toEqual(['a=b', 'c=d']);
    expect(ours.headers.get('www-authenticate')).toBe('Basic, Bearer');
    expect(await ours.text()).toBe('hi');
    await theirs.text();
  });

  test.for<[string, number]>([
    ['HEAD', 200],
    ['GET', 204],
    ['GET', 205],
    ['GET', 304],
  ])('%s and status %d have no body, and keep the connection', async ([method, status]) => {
    const { url, connections } = await served((_, response) =>
      response.writeHead(status, { 'content-length': 0 }).end(),
    );
    const send = createHttpFetch();
    for (let i = 0; i < 3; i++) expect((await send(url, { method })).body).toBeNull();
    expect(connections).toHaveLength(1);
  });

  test('a body comes as it is read, and no faster', async () => {
    let written = 0;
    const chunk = Buffer.alloc(1_000_000, 1);
    const { url } = await served((_, response) => {
      const more = (): void => {
        while (written < 64 && response.write(chunk)) written++;
        if (written++ < 64) response.once('drain', more);
        else response.end();
      };
      more();
    });
    const { body } = await createHttpFetch()(url);
    const reader = body!.getReader();
    const first = await reader.read();
    expect(first.value).toBeInstanceOf(Uint8Array);
    expect(first.value).not.toBeInstanceOf(Buffer);
    expect(written).toBeLessThan(64);
    let size = first.value!.byteLength;
    for (let next = await reader.read(); !next.done; next = await reader.read()) size += next.value.byteLength;
    expect(size).toBeGreaterThan(60_000_000);
  });

  test.for<[string, number]>([
    ['Content-Length', 0],
    ['chunks', 1],
  ])('one that breaks before the end of its %s fails its body', async ([, number]) => {
    const heads = ['Content-Length: 10\r\n\r\nhi', 'Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n'];
    const url = await spoken((socket) => socket.end(`HTTP/1.1 200 OK\r\n${heads[number]}`));
    const response = await createHttpFetch()(url);
    await expect(response.text()).rejects.toMatchObject({
      name: 'TypeError',
      message: 'terminated',
      cause: { message: 'the connection was closed before the end of the answer' },
    });
  });

  test('one that was read late is whole, though the server has closed the connection', async () => {
    const sizes = Array.from({ length: 20 }, (_, i) => 60_000 + 8_000 * i);
    for (const size of sizes) {
      const { url, connections } = await served((_, response) => {
        response.writeHead(200, { connection: 'close' }).end(Buffer.alloc(size));
      });
      const response = await createHttpFetch()(url);
      if (!connections[0]!.closed) await new Promise((resolve) => connections[0]!.once('close', resolve));
      expect((await response.arrayBuffer()).byteLength).toBe(size);
    }
  });

  test('one that makes no sense is a failure that does not show it', async () => {
    const url = await spoken((socket) => socket.end('hunter2\r\n\r\n'));
    const error = await rejection(createHttpFetch()(url));
    expect(error).toMatchObject({ message: 'fetch failed', cause: { code: expect.stringMatching(/^HPE_/) } });
    expect(Object.keys((error as Error).cause as object)).not.toContain('rawPacket');
  });

  test('one of another protocol, or with a status that there is not, is a failure', async () => {
    for (const head of ['101 Switching\r\nUpgrade: x\r\nConnection: upgrade', '999 Odd\r\nContent-Length: 0']) {
      const url = await spoken((socket) => socket.write(`HTTP/1.1 ${head}\r\n\r\n`));
      expect(await rejection(createHttpFetch()(url))).toMatchObject({ name: 'TypeError', message: 'fetch failed' });
    }
  });

  test('one that is compressed though nobody asked is inflated, unless it was asked to be as it is', async () => {
    const compressed = gzipSync('hello');
    const { url, seen } = await served((_, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': compressed.byteLength }).end(compressed),
    );
    const send = createHttpFetch();
    expect(await (await send(url)).text()).toBe('hello');
    expect(seen[0]?.headers).not.toHaveProperty('accept-encoding');
    const asked = await send(url, { headers: { 'accept-encoding': 'identity' } });
    expect(asked.headers.has('content-encoding')).toBe(false);
    expect(Buffer.from(await asked.arrayBuffer())).toEqual(compressed);
  });

  test('one that is compressed several times is inflated as often, and one of an unknown coding is as it is', async () => {
    const compressed = brotliCompressSync(gzipSync('hello'));
    const answers: Record<string, string> = { '/known': 'gzip, br', '/unknown': 'gzip, zstd' };
    const { url } = await served(({ url = '' }, response) =>
      response.writeHead(200, { 'content-encoding': answers[url] ?? '' }).end(compressed),
    );
    const send = createHttpFetch();
    expect(await (await send(`${url}/known`)).text()).toBe('hello');
    const unknown = await send(`${url}/unknown`);
    expect(unknown.headers.get('content-encoding')).toBe('gzip, zstd');
    expect(Buffer.from(await unknown.arrayBuffer())).toEqual(compressed);
  });

  test.for([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ] as const)('one of %s that is empty or cut off gives what there is, as with fetch', async ([coding, compress]) => {
    const content = Buffer.from(noise(100_000, 5));
    const compressed = compress(content);
    const { url } = await served(({ url = '' }, response) =>
      response
        .writeHead(200, { 'content-encoding': coding })
        .end(compressed.subarray(0, url === '/cut' ? compressed.byteLength - 100 : 0)),
    );
    for (const send of [createHttpFetch(), fetch]) {
      expect(await (await send(`${url}/empty`)).text()).toBe('');
      const start = Buffer.from(await (await send(`${url}/cut`)).arrayBuffer());
      expect(start.equals(content.subarray(0, start.byteLength))).toBe(true);
    }
  });

  test('one that fetch takes for empty is not read without end', async () => {
    const { url, connections } = await served((_, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write(new Uint8Array(16 * 1024)));
      };
      response.writeHead(205).on('drain', more);
      more();
    });
    const { body, status } = await createHttpFetch()(url);
    expect([body, status]).toEqual([null, 205]);
    await new Promise((resolve) => connections[0]?.once('close', resolve));
  });

  test('one that is not compressed as it says fails its body', async () => {
    const { url } = await served((_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('hello'));
    await expect((await createHttpFetch()(url)).text()).rejects.toMatchObject({ message: 'terminated' });
  });
});

describe('httpFetch: an answer that comes before all was sent', () => {
  const body = new Blob([noise(20_000_000, 4)]);

  test('is given when the server then breaks the connection', async () => {
    const { url } = await served((request, response) => {
      response.writeHead(413, { 'content-length': 9 }).end('too large', () => request.socket.destroy());
    });
    const send = createHttpFetch();
    for (let i = 0; i < 20; i++) {
      const response = await send(url, { method: 'PUT', body });
      expect([response.status, await response.text()]).toEqual([413, 'too large']);
    }
  });

  test('is given when the next write finds the connection broken', async () => {
    const gone = new Int32Array(new SharedArrayBuffer(4));
    // A server of its own thread, so that it ends the connection while nothing here can see it.
    const worker = new Worker(
      `const { workerData: gone, parentPort } = require('node:worker_threads');
      const server = require('node:net').createServer((socket) => {
        socket.on('error', () => {}).once('data', () => {
          socket.write('HTTP/1.1 413 Too Large\\r\\nContent-Length: 9\\r\\n\\r\\ntoo large', () => {
            socket.destroy();
            setImmediate(() => { Atomics.store(gone, 0, 1); Atomics.notify(gone, 0); });
          });
        });
      }).listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));`,
      { eval: true, workerData: gone },
    );
    const port = await new Promise<number>((resolve) => worker.once('message', resolve));
    const onSent = (): void => void Atomics.wait(gone, 0, 0, 10_000);
    const response = await createHttpFetch()(`http://127.0.0.1:${port}`, { method: 'PUT', body, onSent });
    expect([response.status, await response.text()]).toEqual([413, 'too large']);
    await worker.terminate();
  });

  test('ends the reading of the body, and the connection after it', async () => {
    let cancelled = false;
    const endless = Object.defineProperties(new Blob([]), {
      size: { value: 2 ** 40 },
      stream: {
        value: () =>
          new ReadableStream(
            {
              pull: (controller) => controller.enqueue(new Uint8Array(65536)),
              cancel() {
                cancelled = true;
              },
            },
            { highWaterMark: 0 },
          ),
      },
    });
    const { url, connections } = await served((_, response) => void response.end('no'));
    const response = await createHttpFetch()(url, { method: 'PUT', body: endless });
    const closed = new Promise((resolve) => connections[0]?.once('close', resolve));
    expect(await response.text()).toBe('no');
    await closed;
    expect(cancelled).toBe(true);
  });
});

describe('httpFetch: redirects', () => {
  /** A server that leads from `/` to what the path of the request says, and answers everything else. */
  async function leading(status: number, location: (url: string) => string): ReturnType<typeof served> {
    const server = await served((request, response) => {
      if (request.url === '/') response.writeHead(status, { location: location(server.url) }).end('moved');
      else echo(request, response);
    });
    return server;
  }
  const headers = { authorization: 'Basic x', cookie: 'a', 'proxy-authorization': 'y', 'x-other': 'z' };

  test.for<[number, string, string, string]>([
    [301, 'POST', 'GET', ''],
    [302, 'POST', 'GET', ''],
    [302, 'PUT', 'PUT', 'hi'],
    [303, 'PUT', 'GET', ''],
    [307, 'POST', 'POST', 'hi'],
    [308, 'PATCH', 'PATCH', 'hi'],
  ])('%d of a %s is followed with %s', async ([status, method, expected, sent]) => {
    const { url, connections } = await leading(status, () => '/next?x');
    const body = new Blob(['hi'], { type: 'a/b' });
    const response = await createHttpFetch()(url, { method, body, headers });
    expect([response.url, response.redirected]).toEqual([`${url}/next?x`, true]);
    const answer = (await response.json()) as { headers: Record<string, string> };
    expect(answer).toMatchObject({ method: expected, body: sent, headers });
    expect(answer.headers['content-type']).toBe(sent ? 'a/b' : undefined);
    expect(connections).toHaveLength(1);
  });

  test('secrets do not go to another origin', async () => {
    const other = await served(echo);
    const { url } = await leading(307, () => `${other.url}/next`);
    const { headers: got } = (await (await createHttpFetch()(url, { headers })).json()) as { headers: object };
    expect(got).toMatchObject({ 'x-other': 'z', host: new URL(other.url).host });
    for (const name of ['authorization', 'cookie', 'proxy-authorization']) expect(got).not.toHaveProperty(name);
  });

  test('the address may be of UTF-8', async () => {
    const { url } = await leading(307, () => Buffer.from('/ü').toString('latin1'));
    expect((await createHttpFetch()(url)).url).toBe(`${url}/%C3%BC`);
  });

  test('`error` makes one a failure, `manual` an answer', async () => {
    const { url } = await leading(307, () => '/next');
    const failed = rejection(createHttpFetch()(url, { redirect: 'error' }));
    expect(await failed).toMatchObject({ name: 'TypeError', cause: { message: 'unexpected redirect' } });
    const response = await createHttpFetch()(url, { redirect: 'manual' });
    expect([response.status, response.headers.get('location'), await response.text()]).toEqual([307, '/next', 'moved']);
  });

  test.for(['http://a:hunter2@127.0.0.1/', 'ftp://x/', 'http://'])('one to %s is not followed', async (location) => {
    const { url } = await leading(307, () => location);
    const { cause } = (await rejection(createHttpFetch()(url))) as { cause: Error };
    expect(cause.message).toMatch(/^a redirect cannot be followed/);
    expect(cause.message).not.toContain('hunter2');
  });

  test('twenty are followed, and no more', async () => {
    const { url, seen } = await served((request, response) => {
      const left = Number(request.url?.slice(1));
      if (left === 0) response.end('there');
      else response.writeHead(302, { location: `/${left - 1}` }).end();
    });
    expect(await (await createHttpFetch()(`${url}/20`)).text()).toBe('there');
    seen.length = 0;
    const failed = await rejection(createHttpFetch()(`${url}/21`));
    expect(failed).toMatchObject({ cause: { message: 'redirect count exceeded' } });
    expect(seen).toHaveLength(21);
  });
});

describe('httpFetch: connections', () => {
  async function send(fetch: Fetch, url: string, init?: FetchInit): Promise<string> {
    return (await fetch(url, init)).text();
  }

  test('one is used again after each answer that was read, or that nobody wanted', async () => {
    const { url, connections } = await served((request, response) => {
      response.end(request.url === '/large' ? Buffer.alloc(10_000_000) : 'hi');
    });
    const fetch = createHttpFetch();
    await send(fetch, url, { method: 'PUT', body: new Blob(['x']) });
    await (await fetch(url)).body?.cancel();
    await send(fetch, url);
    expect(connections).toHaveLength(1);
    const ended = new Promise((resolve) => connections[0]?.once('close', resolve));
    await (await fetch(`${url}/large`)).body?.cancel();
    await ended;
    await send(fetch, url);
    expect(connections).toHaveLength(2);
  });

  test.for<[string, FetchInit]>([
    ['without a body', {}],
    ['with a Blob', { method: 'PUT', body: new Blob(['hi']) }],
  ])('a request %s that finds a kept one dead is sent again', async ([, init]) => {
    const asked: number[] = [];
    const url = await spoken((socket, number) => {
      asked.push(number);
      // The second request of a connection: the server has just closed it.
      if (number === 1) socket.destroy();
      else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    });
    const fetch = createHttpFetch();
    expect(await send(fetch, url)).toBe('ok');
    expect(await send(fetch, url, init)).toBe('ok');
    expect(asked.length).toBeGreaterThanOrEqual(3);
  });

  test('a PATCH that finds a kept one dead is not sent again: it may have been read', async () => {
    const url = await spoken((socket, number) => {
      if (number === 1) socket.destroy();
      else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    });
    const fetch = createHttpFetch();
    expect(await send(fetch, url)).toBe('ok');
    const patch = { method: 'PATCH', body: new Blob(['hi']) };
    expect(await rejection(send(fetch, url, patch))).toMatchObject({ message: 'fetch failed' });
  });

  test('a request that fails on a new one is not sent again', async () => {
    let asked = 0;
    const url = await spoken((socket) => {
      asked++;
      socket.destroy();
    });
    const cause = { code: 'ECONNRESET' };
    expect(await rejection(createHttpFetch()(url))).toMatchObject({ message: 'fetch failed', cause });
    expect(asked).toBe(1);
  });

  test('a request of whose body much was taken is not sent again', async () => {
    const { url, seen } = await served((request, response) => {
      if (request.method === 'GET') return void response.end('hi');
      let size = 0;
      request.on('data', ({ byteLength }: Buffer) => {
        size += byteLength;
        if (size > 1_000_000) request.socket.destroy();
      });
    });
    const fetch = createHttpFetch();
    await send(fetch, url);
    const failed = rejection(fetch(url, { method: 'PUT', body: new Blob([noise(20_000_000, 6)]) }));
    expect(await failed).toMatchObject({ message: 'fetch failed' });
    expect(seen).toHaveLength(2);
  });

  test('a request whose answer had begun is not sent again', async () => {
    let asked = 0;
    const url = await spoken((socket, number) => {
      asked++;
      if (number === 1) socket.end('HTTP/1.1 200 OK\r\nContent-');
      else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    });
    const fetch = createHttpFetch();
    await send(fetch, url);
    expect(await rejection(fetch(url))).toMatchObject({ message: 'fetch failed' });
    expect(asked).toBe(2);
  });

  test('one that is refused says so, for a name with several addresses too', async () => {
    const { port } = new URL(`http://${inject('closedHost')}`);
    for (const host of ['127.0.0.1', 'localhost']) {
      const error = await rejection(createHttpFetch()(`http://${host}:${port}/`));
      const cause = { code: 'ECONNREFUSED', message: expect.stringMatching(/^connect ECONNREFUSED /) };
      expect(error).toMatchObject({ name: 'TypeError', message: 'fetch failed', cause });
    }
  });

  test('one whose TLS does not come about in time says so', async () => {
    const url = (await spoken(() => {})).replace('http:', 'https:');
    const message = `no connection to ${new URL(url).host} in 0.05 s`;
    expect(await rejection(createHttpFetch(50)(url))).toMatchObject({ message: 'fetch failed', cause: { message } });
  });
});

describe('httpFetch: signal', () => {
  const reason = new Error('enough');

  test('an aborted one sends nothing', async () => {
    const { url, connections } = await served(echo);
    expect(await rejection(createHttpFetch()(url, { signal: AbortSignal.abort(reason) }))).toBe(reason);
    expect(connections).toEqual([]);
  });

  test('ends the waiting for an answer, and a body that is sent', async () => {
    for (const body of [undefined, new Blob([noise(20_000_000, 5)])]) {
      const abort = new AbortController();
      const { url } = await served(() => abort.abort(reason));
      const init = { method: 'PUT', signal: abort.signal, ...(body && { body }) };
      expect(await rejection(createHttpFetch()(url, init))).toBe(reason);
    }
  });

  test('ends a body that is read, and one that nobody reads yet', async () => {
    const { url } = await served((_, response) => void response.write('hi'));
    for (const reads of [true, false]) {
      const abort = new AbortController();
      const { body } = await createHttpFetch()(url, { signal: abort.signal });
      const reader = body!.getReader();
      if (reads) await reader.read();
      const read = reads ? rejection(reader.read()) : undefined;
      abort.abort(reason);
      expect(await (read ?? rejection(reader.read()))).toBe(reason);
    }
  });

  test('is let go once the answer was read, or failed', async () => {
    const { signal } = new AbortController();
    let listeners = 0;
    const { addEventListener, removeEventListener } = signal;
    signal.addEventListener = (...parameters: Parameters<typeof addEventListener>) => {
      listeners++;
      addEventListener.apply(signal, parameters);
    };
    signal.removeEventListener = (...parameters: Parameters<typeof removeEventListener>) => {
      listeners--;
      removeEventListener.apply(signal, parameters);
    };
    const { url } = await served(echo);
    await (await createHttpFetch()(url, { signal })).text();
    await createHttpFetch()(url, { signal, method: 'HEAD' });
    const broken = await spoken((socket) => socket.destroy());
    await rejection(createHttpFetch()(broken, { signal }));
    expect(listeners).toBeLessThanOrEqual(0);
  });
});
