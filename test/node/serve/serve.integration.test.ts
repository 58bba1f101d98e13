import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { digestOf } from 'oras-js';
import { type RunningServer, type ServeOptions, serve } from 'oras-js/node';
import { createRegistryServer } from 'oras-js/server';
import { afterEach, describe, expect, test } from 'vitest';
import { noise } from '../../support/noise.ts';

const running: RunningServer[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close()));
});

async function start(
  handler: (request: Request) => Promise<Response> | Response,
  options?: ServeOptions,
): Promise<RunningServer> {
  const server = await serve(handler, options);
  running.push(server);
  return server;
}

/** Sends bytes as they are and gives everything that comes back until the connection ends. */
async function raw({ port }: RunningServer, sent: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write(sent);
  return text(socket).catch((error: Error) => error.message);
}

/** A request with any header, which fetch would not let through. */
async function send(
  server: RunningServer,
  options: { host?: string; method?: string; path?: string; headers?: Record<string, string>; body?: string },
): Promise<{ response: IncomingMessage; body: string }> {
  const sending = httpRequest({ host: '127.0.0.1', port: server.port, agent: false, path: '/', ...options });
  sending.end(options.body);
  const [response] = (await once(sending, 'response')) as [IncomingMessage];
  return { response, body: await text(response) };
}

const bytes = noise(5_000_000, 11);

describe('serve: address', () => {
  test('any free port of 127.0.0.1 unless another is asked for', async () => {
    const server = await start(() => new Response('hello'));
    expect(server.port).toBeGreaterThan(0);
    expect(server.host).toBe(`127.0.0.1:${server.port}`);
    expect(server.url).toBe(`http://127.0.0.1:${server.port}`);
    expect(await (await fetch(server.url)).text()).toBe('hello');
  });

  test('a port that is in use is an error with its code, or is passed by when that is asked for', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const error = await serve(() => new Response(), { port }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: 'EADDRINUSE',
      message: `Port ${port} of 127.0.0.1 is in use by another program`,
    });
    const server = await start(() => new Response('hello'), { port, anyPortIfTaken: true });
    expect(server.port).not.toBe(port);
    expect(await (await fetch(server.url)).text()).toBe('hello');
    other.close();
  });

  test('close ends open connections; the port is free again', async () => {
    const server = await start(() => new Promise(() => {}));
    const waiting = fetch(server.url).catch((error: unknown) => error);
    await expect.poll(() => raw(server, 'x\r\n\r\n')).toContain('400');
    await server.close();
    expect(await waiting).toBeInstanceOf(TypeError);
    await start(() => new Response(), { port: server.port });
    await server.close();
  });

  test('it is closed at the end of its block, too', async () => {
    const server = await start(() => new Response('hello'));
    expect(await (await fetch(server.url)).text()).toBe('hello');
    await server[Symbol.asyncDispose]();
    expect(await fetch(server.url).catch(() => 'closed')).toBe('closed');
  });

  test('a signal closes it as well', async () => {
    const abort = new AbortController();
    const server = await serve(() => new Response('hello'), { signal: abort.signal });
    expect((await fetch(server.url)).status).toBe(200);
    abort.abort();
    await expect.poll(() => fetch(server.url).catch(() => 'closed')).toBe('closed');
    await expect(serve(() => new Response(), { signal: abort.signal })).rejects.toBe(abort.signal.reason);
  });

  test('a signal that is aborted while it starts ends it, and the port is free', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    other.close();
    await once(other, 'close');
    const abort = new AbortController();
    const starting = serve(() => new Response('hello'), { port, signal: abort.signal });
    abort.abort();
    await expect(starting).rejects.toBe(abort.signal.reason);
    expect(await fetch(`http://127.0.0.1:${port}`).catch(() => 'closed')).toBe('closed');
  });

  test('IPv6', async () => {
    const server = await start(() => new Response('hello'), { host: '::1' });
    expect(server.url).toBe(`http://[::1]:${server.port}`);
    expect(await (await fetch(server.url)).text()).toBe('hello');
  });
});

describe('serve: requests', () => {
  test('method, URL, headers and body come through', async () => {
    const seen: Request[] = [];
    const server = await start(async (request) => {
      seen.push(request);
      return new Response(await request.text());
    });
    const body = 'häl'.repeat(10_000);
    const response = await fetch(`${server.url}//a/%2e%2e/b?x=%20+`, {
      method: 'PATCH',
      headers: { 'x-a': '1' },
      body,
    });
    expect(await response.text()).toBe(body);
    expect(seen[0]).toMatchObject({ method: 'PATCH', url: `${server.url}//b?x=%20+` });
    expect(seen[0]?.headers.get('x-a')).toBe('1');
    expect(seen[0]?.headers.get('content-length')).toBe(`${new TextEncoder().encode(body).byteLength}`);
  });

  test('a path of two slashes does not name another host', async () => {
    const server = await start((request) => new Response(request.url));
    const { body } = await send(server, { path: '//evil.test/x' });
    expect(body).toBe(`${server.url}//evil.test/x`);
  });

  test.for([
    'GET http://evil.test/ HTTP/1.1\r\nHost: evil.test',
    'OPTIONS * HTTP/1.1\r\nHost: localhost',
    'GET / HTTP/1.0',
    'GET / HTTP/1.1\r\nHost: a b',
  ])('%j is 400', async (head) => {
    const server = await start(() => new Response('never'));
    expect(await raw(server, `${head}\r\nConnection: close\r\n\r\n`)).toMatch(/^HTTP\/1\.1 400 /);
  });

  test('TRACE, which fetch has no word for, is 501', async () => {
    const server = await start(() => new Response('never'));
    expect((await send(server, { method: 'TRACE' })).response.statusCode).toBe(501);
  });

  test('a body is read no faster than the handler reads', async () => {
    let pulled = 0;
    const read: ((size: number) => void)[] = [];
    const server = await start(async (request) => {
      const reader = request.body!.getReader();
      const { value } = await reader.read();
      await new Promise<number>((resolve) => read.push(resolve));
      await reader.cancel();
      return new Response(`${value?.byteLength}`);
    });
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          pulled += 1_000_000;
          if (pulled > 200_000_000) return controller.close();
          controller.enqueue(new Uint8Array(1_000_000));
        },
      },
      { highWaterMark: 0 },
    );
    const sending = fetch(server.url, { method: 'POST', body, duplex: 'half' } as RequestInit).catch(() => {});
    let before = -1;
    // Until the buffers of the system are full, and no more is taken.
    await expect
      .poll(
        () => {
          const still = pulled === before;
          before = pulled;
          return still && read.length === 1;
        },
        { interval: 200 },
      )
      .toBe(true);
    expect(pulled).toBeLessThan(50_000_000);
    read[0]?.(0);
    await sending;
  });

  test('the signal is aborted when the client is gone, before and while it is answered', async () => {
    const gone: Promise<unknown>[] = [];
    const server = await start((request) => {
      gone.push(once(request.signal, 'abort'));
      const endless = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(1000)) });
      return request.url.endsWith('/body') ? new Response(endless) : new Promise(() => {});
    });
    for (const path of ['/', '/body']) {
      const abort = new AbortController();
      const fetching = fetch(server.url + path, { signal: abort.signal }).catch(() => {});
      await expect.poll(() => gone.length).toBe(path === '/' ? 1 : 2);
      abort.abort();
      await fetching;
    }
    await Promise.all(gone);
  });

  test('the signal is not aborted when all went well', async () => {
    let signal: AbortSignal | undefined;
    const server = await start((request) => {
      signal = request.signal;
      return new Response('hello');
    });
    await (await fetch(server.url)).text();
    await server.close();
    expect(signal?.aborted).toBe(false);
  });
});

describe('serve: answers', () => {
  test('status, headers, several cookies, and a body of known length, never compressed', async () => {
    const server = await start(() => {
      const headers = new Headers({ 'content-length': `${bytes.byteLength}`, 'x-a': '1' });
      headers.append('set-cookie', 'a=1');
      headers.append('set-cookie', 'b=2');
      return new Response(bytes, { status: 206, headers });
    });
    const response = await fetch(server.url, { headers: { 'accept-encoding': 'gzip, br' } });
    expect(response.status).toBe(206);
    expect(response.headers.get('x-a')).toBe('1');
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(response.headers.get('content-length')).toBe(`${bytes.byteLength}`);
    expect(response.headers.get('content-encoding')).toBeNull();
    expect(response.headers.get('transfer-encoding')).toBeNull();
    expect(digestOf(new Uint8Array(await response.arrayBuffer()))).toBe(digestOf(bytes));
  });

  test('HEAD keeps the length and has no body', async () => {
    const server = await start(() => new Response('hello', { headers: { 'content-length': '5' } }));
    const { response, body } = await send(server, { method: 'HEAD' });
    expect([response.headers['content-length'], body]).toEqual(['5', '']);
  });

  test.for([204, 304])('%i has no body and no length', async (status) => {
    const server = await start(() => new Response(null, { status }));
    const { response, body } = await send(server, {});
    expect([response.statusCode, body]).toEqual([status, '']);
    expect(response.headers['transfer-encoding']).toBeUndefined();
  });

  test('a connection is used again', async () => {
    const server = await start(async (request) => new Response(await request.text()));
    const one = 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\none';
    const two = 'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';
    expect((await raw(server, one + two)).match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2);
  });

  test('an answer is read no faster than the client takes it', async () => {
    let pulled = 0;
    const server = await start(
      () =>
        new Response(
          new ReadableStream(
            {
              pull(controller) {
                pulled += 1_000_000;
                controller.enqueue(new Uint8Array(1_000_000));
              },
            },
            { highWaterMark: 0 },
          ),
        ),
    );
    const socket = connect(server.port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    let before = -1;
    await expect
      .poll(
        () => {
          const still = pulled > 0 && pulled === before;
          before = pulled;
          return still;
        },
        { interval: 200 },
      )
      .toBe(true);
    expect(pulled).toBeLessThan(50_000_000);
    socket.destroy();
  });

  test('a handler that fails is a 500 that tells nothing of why', async () => {
    const failures: (() => Promise<Response>)[] = [
      () => Promise.reject(new Error('secret')),
      () => {
        throw new Error('secret');
      },
      async () => undefined as unknown as Response,
    ];
    for (const failure of failures) {
      const response = await fetch((await start(failure)).url);
      expect(response.status).toBe(500);
      expect(response.headers.get('content-type')).toBe('application/json');
      expect(await response.text()).toBe('{"errors":[{"code":"UNKNOWN","message":"The server failed"}]}');
    }
  });

  test('a body that fails half-way breaks the connection, so that nobody takes it for all', async () => {
    const server = await start(() => {
      let pulls = 0;
      const body = new ReadableStream({
        pull(controller) {
          if (pulls++ < 3) controller.enqueue(new Uint8Array(1000));
          else controller.error(new Error('the disk broke'));
        },
      });
      return new Response(body);
    });
    const response = await fetch(server.url);
    await expect(response.arrayBuffer()).rejects.toThrow('terminated');
  });

  test('a refusal reaches a client that is still sending, and the connection ends', async () => {
    const server = await start(() => new Response('too much', { status: 413, headers: { 'content-length': '8' } }));
    for (let i = 0; i < 5; i++) {
      const body = new Blob([bytes]);
      const response = await fetch(server.url, { method: 'PUT', body, redirect: 'error' });
      expect([response.status, await response.text()]).toEqual([413, 'too much']);
      expect(response.headers.get('connection')).toBe('close');
    }
  });
});

describe('serve: protection', () => {
  test('a name that is not of this machine is 421 (DNS rebinding)', async () => {
    const server = await start(() => new Response('hello'));
    for (const host of ['localhost', '127.0.0.1:1', '[::1]', 'LOCALHOST:80']) {
      expect((await send(server, { headers: { host } })).body).toBe('hello');
    }
    for (const host of ['evil.test', '127.0.0.1.nip.io', 'localhost.evil.test', '169.254.169.254', '[::2]']) {
      expect((await send(server, { headers: { host } })).response.statusCode).toBe(421);
    }
  });

  test.for(['127.1', '127.0.0.5', '0x7f000001', '0:0:0:0:0:0:0:1', 'LOCALHOST'])(
    'this machine is known however it is written: %s',
    async (written) => {
      const server = await start(() => new Response('hello'), { host: written });
      expect(await (await fetch(server.url)).text()).toBe('hello');
      const host = new URL(server.url).hostname.replace(/[[\]]/g, '');
      const { response } = await send(server, { host, headers: { host: 'evil.test' } });
      expect(response.statusCode).toBe(421);
    },
  );

  test('other names when they are given, any on an address for others', async () => {
    const named = await start(() => new Response('hello'), { allowedHosts: ['registry.test'] });
    expect((await send(named, { headers: { host: 'registry.test:5000' } })).response.statusCode).toBe(200);
    expect((await send(named, { headers: { host: 'localhost' } })).response.statusCode).toBe(421);
    const open = await start(() => new Response('hello'), { host: '0.0.0.0' });
    expect((await send(open, { headers: { host: 'anything.test' } })).response.statusCode).toBe(200);
  });

  test('a client that stops sending is cut off, as is one that stops reading', async () => {
    const server = await start(
      async (request) => new Response(request.method === 'GET' ? endless() : await request.text()),
      {
        stallTimeout: 200,
      },
    );
    const sent = 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc';
    expect(await raw(server, sent)).not.toContain('200');
    const socket = connect(server.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.pause();
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await cancelled;
    socket.destroy();
  });

  let cancel = (): void => {};
  const cancelled = new Promise<void>((resolve) => {
    cancel = resolve;
  });
  function endless(): ReadableStream<Uint8Array> {
    return new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(1_000_000)),
      cancel,
    });
  }

  test('a handler may take longer than a client may stand still', async () => {
    const slow = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 2200));
    const server = await start(
      async (request) => {
        await slow();
        return new Response(await request.text());
      },
      { stallTimeout: 1000 },
    );
    for (const body of ['', 'x'.repeat(3_000_000)]) {
      const response = await fetch(server.url, { method: 'POST', body });
      expect(await response.text()).toBe(body);
    }
  });

  test('a request that comes too slowly as a whole ends', async () => {
    const server = await start(async (request) => new Response(await request.text()), { requestTimeout: 300 });
    const socket = connect(server.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n');
    const dripping = setInterval(() => socket.write('x'), 50);
    expect(await text(socket).catch(String)).not.toContain('200 OK');
    clearInterval(dripping);
  });
});

describe('serve: a registry', () => {
  test('a preflight as a browser sends it, and the request after it', async () => {
    const server = await start(createRegistryServer());
    const headers = {
      origin: 'http://page.test',
      'access-control-request-method': 'PUT',
      'access-control-request-headers': 'authorization,content-type',
      'access-control-request-private-network': 'true',
    };
    const { response } = await send(server, { method: 'OPTIONS', path: '/v2/a/manifests/v1', headers });
    expect(response.statusCode).toBe(204);
    expect(response.headers).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-methods': expect.stringContaining('PUT'),
      'access-control-allow-headers': expect.stringContaining('authorization'),
      'access-control-allow-private-network': 'true',
    });
    const get = await send(server, { path: '/v2/', headers: { origin: 'http://page.test' } });
    expect(get.response.headers).toMatchObject({ 'access-control-allow-origin': '*' });
  });

  test('a blob goes in and comes out, whole and in part', async () => {
    const server = await start(createRegistryServer());
    const digest = digestOf(bytes);
    const post = await fetch(`${server.url}/v2/a/blobs/uploads/`, { method: 'POST' });
    const location = new URL(`${post.headers.get('location')}?digest=${digest}`, post.url);
    const put = await fetch(location, { method: 'PUT', body: new Blob([bytes]), redirect: 'error' });
    expect(put.status).toBe(201);
    const url = `${server.url}/v2/a/blobs/${digest}`;
    expect(digestOf(new Uint8Array(await (await fetch(url)).arrayBuffer()))).toBe(digest);
    const head = await fetch(url, { method: 'HEAD' });
    expect(head.headers.get('content-length')).toBe(`${bytes.byteLength}`);
    const part = await fetch(url, { headers: { range: 'bytes=1000000-3999999' } });
    expect([part.status, part.headers.get('content-length')]).toEqual([206, '3000000']);
    expect(digestOf(new Uint8Array(await part.arrayBuffer()))).toBe(digestOf(bytes.slice(1_000_000, 4_000_000)));
  });

  test('an upload that breaks off leaves no blob and tells no error, and can be done again', async () => {
    const errors: unknown[] = [];
    const server = await start(createRegistryServer({ onError: (error) => errors.push(error) }));
    const digest = digestOf(bytes);
    const post = await fetch(`${server.url}/v2/a/blobs/uploads/`, { method: 'POST' });
    const location = `${post.headers.get('location')}?digest=${digest}`;
    const socket = connect(server.port, '127.0.0.1');
    socket.write(`PUT ${location} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${bytes.byteLength}\r\n\r\n`);
    await new Promise((resolve) => socket.write(bytes.subarray(0, 3_000_000), resolve));
    socket.destroy();
    await once(socket, 'close');
    expect((await fetch(`${server.url}/v2/a/blobs/${digest}`)).status).toBe(404);
    const put = await fetch(server.url + location, { method: 'PUT', body: new Blob([bytes]), redirect: 'error' });
    expect(put.status).toBe(201);
    expect(errors).toEqual([]);
  });

  test.for(['/v2/../../etc/passwd', '/v2/%2e%2e/x/manifests/v1', '/v2/a/blobs/..%2f..%2fx', '/v2/a\\..\\b/tags/list'])(
    'GET %s finds nothing',
    async (path) => {
      const server = await start(createRegistryServer());
      const { response } = await send(server, { path });
      expect([400, 404]).toContain(response.statusCode);
    },
  );
});
