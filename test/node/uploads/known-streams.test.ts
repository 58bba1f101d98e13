import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import { type Fetch, Registry } from 'oras-js';
import { createFetch } from 'oras-js/node';
import { type Fault, faults } from 'oras-js/server';
import { describe, expect, test } from 'vitest';
import type { Descriptor } from '../../../src/types.ts';
import { rejection } from '../../support/content.ts';
import { type ListeningServer, listen } from '../../support/listen.ts';
import { noise } from '../../support/noise.ts';
import { count, expectStored, isPut } from '../../support/upload-checks.ts';
import { recorder, uploadRegistry } from '../../support/upload-registry.ts';

const mib = 1024 * 1024;
const piece = noise(mib, 81);
const reason = new Error('enough');

/** What so many times the same piece is. */
function piecesOf(pieces: number): Descriptor {
  const hash = createHash('sha256');
  for (let i = 0; i < pieces; i++) hash.update(piece);
  return { mediaType: 'a/b', digest: `sha256:${hash.digest('hex')}`, size: pieces * mib };
}

/** A stream of these pieces, or as its last act does; and what became of it. */
function streamOf(
  pieces: number,
  end = (controller: ReadableStreamDefaultController<Uint8Array>): unknown => controller.close(),
): { stream: ReadableStream<Uint8Array>; given: () => number; cancelled: () => unknown } {
  let given = 0;
  let cancelled: unknown;
  const stream = new ReadableStream<Uint8Array>(
    {
      pull: (controller) => (given++ < pieces ? controller.enqueue(piece.slice()) : void end(controller)),
      cancel: (why) => {
        cancelled = why;
      },
    },
    { highWaterMark: 0 },
  );
  return { stream, given: () => given, cancelled: () => cancelled };
}

/** Above what is kept in memory to be sent. */
const large = piecesOf(17);

/** A registry over HTTP that keeps nothing but the digest of what it gets, and takes it when it may. */
async function startSink(
  mayRead = Promise.resolve(),
): Promise<ListeningServer & { log: string[]; digest: () => string; came: Promise<void> }> {
  const log: string[] = [];
  const hash = createHash('sha256');
  let came = (): void => {};
  const coming = new Promise<void>((resolve) => {
    came = resolve;
  });
  const receive = async (request: IncomingMessage): Promise<void> => {
    if (request.method === 'PUT') {
      came();
      await mayRead;
    }
    for await (const data of request) hash.update(data as Buffer);
  };
  const server = createServer((request, response) => {
    const { headers, method = '' } = request;
    log.push(`${method} ${headers['content-length']} ${headers['transfer-encoding']}`);
    receive(request).then(
      () => {
        const status = { POST: 202, PUT: 201 }[method] ?? 404;
        response.writeHead(status, { location: '/v2/org/sink/blobs/uploads/1' }).end();
      },
      () => {},
    );
  });
  return { ...(await listen(server)), log, digest: () => `sha256:${hash.digest('hex')}`, came: coming };
}

const fetches: Record<string, () => Fetch | undefined | Promise<Fetch>> = {
  'the default fetch': () => undefined,
  "Node's own fetch": () => globalThis.fetch,
  createFetch: () => createFetch(),
};

describe('streams of known size over HTTP', () => {
  test.for(Object.keys(fetches))('64 MiB with %s: one POST, and one PUT of that length', async (name) => {
    const sink = await startSink();
    const registry = new Registry({ plainHttp: true, fetch: await fetches[name]!() });
    const descriptor = piecesOf(64);
    const { types, transferred, onProgress } = recorder();
    await registry.repository(`${sink.host}/org/sink`).push(descriptor, streamOf(64).stream, { onProgress });
    await sink.close();
    expect(sink.log).toEqual(['POST 0 undefined', `PUT ${64 * mib} undefined`]);
    expect(sink.digest()).toBe(descriptor.digest);
    expect(types()).toEqual(['start', 'transfer', 'done']);
    expect(transferred().at(-1)).toBe(descriptor.size);
  });

  test.for(Object.keys(fetches))('no more is read than the connection takes, with %s', async (name) => {
    let go = (): void => {};
    const sink = await startSink(
      new Promise((resolve) => {
        go = resolve;
      }),
    );
    const { stream, given } = streamOf(64);
    const registry = new Registry({ plainHttp: true, fetch: await fetches[name]!() });
    const pushing = registry.repository(`${sink.host}/org/sink`).push(piecesOf(64), stream);
    await sink.came;
    // Until buffers are full: of the connection, on both sides, and of the fetch.
    let before = -1;
    while (given() !== before) {
      before = given();
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    expect(given()).toBeLessThan(24);
    go();
    await pushing;
    await sink.close();
  });
});

describe('streams of known size: in one request', () => {
  test('with the right bytes, and nothing is left', async () => {
    const it = uploadRegistry();
    await it.repository.push(large, streamOf(17).stream);
    expect(it.log).toEqual(['POST', `PUT ${large.size}`]);
    await expectStored(it, large);
  });

  test.for([{ chunkSize: 6 * mib }, { resume: true }])('not with %j: in chunks', async ({ chunkSize, resume }) => {
    const it = uploadRegistry();
    const options = { chunkSize, resume: resume ? it.storage : undefined };
    await it.repository.push(large, streamOf(17).stream, options);
    expect(count(it, 'PATCH')).toBeGreaterThan(1);
    await expectStored(it, large);
  });

  test('not where the registry takes no request so large: in chunks of a size that it takes', async () => {
    const limited: Fault = async (request, next) => {
      const response = await next(request);
      response.headers.set('oci-chunk-max-length', `${5 * mib}`);
      return response;
    };
    const it = uploadRegistry([limited]);
    await it.repository.push(large, streamOf(17).stream);
    expect(count(it, 'PATCH')).toBe(4);
    await expectStored(it, large);
  });
});

describe('streams of known size: what goes wrong', () => {
  test('an upload that cannot begin: the stream is not read, but cancelled', async () => {
    const it = uploadRegistry([faults.refuse(403)]);
    const { stream, given, cancelled } = streamOf(17);
    const error = await rejection(it.repository.push(large, stream));
    expect(error).toMatchObject({ code: 'DENIED' });
    expect(given()).toBe(0);
    expect(cancelled()).toBe(error);
  });

  test.for([400, 413, 503])('a refusal (%i): the error of the registry, and nothing is left', async (status) => {
    const it = uploadRegistry([faults.refuse(status, { match: isPut })]);
    const { stream, cancelled } = streamOf(17);
    const error = await rejection(it.repository.push(large, stream));
    expect(error).toMatchObject({ code: 'REGISTRY', status, method: 'PUT' });
    expect(count(it, 'PUT')).toBe(1);
    expect(cancelled()).toBe(error);
    expect(await it.leftovers()).toEqual([]);
  });

  test('a connection that breaks: an error of the network, as it cannot be read again, and nothing is left', async () => {
    const it = uploadRegistry([faults.cutUpload(5 * mib)]);
    expect(await rejection(it.repository.push(large, streamOf(17).stream))).toMatchObject({ code: 'NETWORK' });
    expect(count(it, 'PUT')).toBe(1);
    expect(await it.leftovers()).toEqual([]);
  });

  test('an answer that was lost: it is looked for, and found', async () => {
    const it = uploadRegistry([faults.loseAnswer({ match: isPut })]);
    const { types, onProgress } = recorder();
    await it.repository.push(large, streamOf(17).stream, { onProgress });
    expect(types().at(-1)).toBe('done');
    expect(await it.storedDigest(large)).toBe(large.digest);
  });

  test('an answer that was lost, and an abort while it is looked for: the reason', async () => {
    const abort = new AbortController();
    const stopping: Fault = (request, next) => {
      if (request.method === 'HEAD') abort.abort(reason);
      return next(request);
    };
    const it = uploadRegistry([stopping, faults.loseAnswer({ match: isPut })]);
    const pushing = it.repository.push(large, streamOf(17).stream, { signal: abort.signal });
    expect(await rejection(pushing)).toBe(reason);
  });

  test.for([false, true])(
    'a registry that asks for credentials with it (after it has read of it: %s)',
    async (reads) => {
      let asked = 0;
      const asking: Fault = async (request, next) => {
        if (!isPut(request) || asked++ > 0) return next(request);
        if (reads) await request.body!.getReader().read();
        return new Response(null, { status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } });
      };
      const it = uploadRegistry([asking], { client: { credentials: { username: 'a', password: 'b' } } });
      const pushing = it.repository.push(large, streamOf(17).stream);
      if (reads) {
        const message = expect.stringContaining('cannot be read again');
        expect(await rejection(pushing)).toMatchObject({ code: 'NETWORK', message });
        expect(await it.leftovers()).toEqual([]);
      } else {
        await pushing;
        await expectStored(it, large);
      }
    },
  );

  test('a stream that fails: its own error, and nothing is stored', async () => {
    for (const failure of [reason, new TypeError('mine'), new DOMException('changed', 'NotReadableError')]) {
      const it = uploadRegistry();
      const { stream } = streamOf(10, (controller) => controller.error(failure));
      expect(await rejection(it.repository.push(large, stream))).toBe(failure);
      expect(await it.storedDigest(large)).toBeUndefined();
      expect(await it.leftovers()).toEqual([]);
    }
  });

  test.for<[string, Descriptor, number]>([
    ['another digest', { ...large, digest: piecesOf(1).digest }, 17],
    ['fewer bytes', large, 16],
    ['more bytes', large, 18],
  ])('a stream of %s: a mismatch, and nothing is stored', async ([, descriptor, pieces]) => {
    const it = uploadRegistry();
    expect(await rejection(it.repository.push(descriptor, streamOf(pieces).stream))).toMatchObject({
      code: 'MISMATCH',
    });
    expect(await it.storedDigest(large)).toBeUndefined();
    expect(await it.leftovers()).toEqual([]);
  });

  test('a stream of another digest: its end is not sent', async () => {
    const sink = await startSink();
    const wrong = { ...large, digest: piecesOf(1).digest };
    const repository = new Registry({ plainHttp: true }).repository(`${sink.host}/org/sink`);
    expect(await rejection(repository.push(wrong, streamOf(17).stream))).toMatchObject({ code: 'MISMATCH' });
    await sink.close();
    expect(sink.digest()).not.toBe(large.digest);
  });

  test('an abort: the reason, the stream is cancelled, and nothing is left', async () => {
    const abort = new AbortController();
    const it = uploadRegistry();
    const { stream, cancelled } = streamOf(10, () => abort.abort(reason));
    expect(await rejection(it.repository.push(large, stream, { signal: abort.signal }))).toBe(reason);
    await expect.poll(cancelled).toBeDefined();
    await expect.poll(() => it.leftovers()).toEqual([]);
  });
});
