import { digestOf, type PendingPush, Registry } from 'oras-js';
import { type Fault, faults } from 'oras-js/server';
import { describe, expect, test } from 'vitest';
import type { HashOptions } from '../../../src/bytes/hash.ts';
import { rejection } from '../../support/content.ts';
import { atOnce } from '../../support/fake-fetch.ts';
import { noise } from '../../support/noise.ts';
import { count, isPatch, isPut } from '../../support/upload-checks.ts';
import { described, host, recorder, type UploadRegistry, uploadRegistry } from '../../support/upload-registry.ts';

/** Large enough to be sent while it is read. */
const bytes = noise(4_500_000, 51);
const content = new Blob([bytes]);
const { digest } = described(bytes);
const files = [{ name: 'big.bin', content }];
const reference = `${host}/org/files:v1`;
const reason = new Error('enough');

/** A promise that is settled by hand. */
function gate(): { opened: Promise<void>; open: () => void } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

/** A client that has its digests computed like this. */
class Hashing extends Registry {
  readonly #hash: (content: Blob, options: HashOptions) => Promise<string>;

  constructor({ fetch }: UploadRegistry, hash: (content: Blob, options: HashOptions) => Promise<string>) {
    super({ fetch, retry: atOnce });
    this.#hash = hash;
  }

  protected override hash(blob: Blob, options: HashOptions = {}): Promise<string> {
    return this.#hash(blob, options);
  }
}

/** The digest of a Blob, reported in two steps. */
async function hashed(blob: Blob, { onRead }: HashOptions): Promise<string> {
  onRead?.(blob.size / 2);
  const found = digestOf(new Uint8Array(await blob.arrayBuffer()));
  onRead?.(blob.size);
  return found;
}

/** Tells when a request of a kind came in, and when it was answered. */
function watched(matches: (request: Request) => boolean): {
  fault: Fault;
  came: Promise<void>;
  answered: Promise<void>;
} {
  const [came, answered] = [gate(), gate()];
  const fault: Fault = async (request, next) => {
    if (!matches(request)) return next(request);
    came.open();
    const response = await next(request);
    answered.open();
    return response;
  };
  return { fault, came: came.opened, answered: answered.opened };
}

async function expectPulled(it: UploadRegistry, name = reference): Promise<void> {
  const [file] = (await it.healthy.pull(name)).files;
  expect(digestOf(new Uint8Array(await (await file!.blob()).arrayBuffer()))).toBe(digest);
  expect(await it.leftovers()).toEqual([]);
}

describe('sending while hashing', () => {
  test('the content is sent before its digest is known: one PATCH without a range, and one PUT', async () => {
    const patch = watched(isPatch);
    const it = uploadRegistry([patch.fault]);
    const registry = new Hashing(it, async (blob, options) => {
      if (blob.size === content.size) await patch.answered;
      return hashed(blob, options);
    });
    const { events, types, onProgress } = recorder();
    await registry.push(reference, files, { onProgress });
    expect(it.log.slice(0, 5)).toEqual(['GET', 'POST', `PATCH ${content.size}`, 'HEAD', 'PUT']);
    const own = events.filter((event) => event.type === 'hash' || event.descriptor.digest === digest);
    const order = own.map(({ type }) => type);
    expect(order.slice(0, 2)).toEqual(['hash', 'hash']);
    expect(order.filter((type) => type === 'start' || type === 'done')).toEqual(['start', 'done']);
    expect(order.indexOf('start')).toBeLessThan(order.indexOf('transfer'));
    expect(order.at(-1)).toBe('done');
    expect(types()[0]).toBe('hash');
    await expectPulled(it);
  });

  test('a digest that is known before the content is sent', async () => {
    const put = watched(({ method }) => method === 'HEAD');
    const slow: Fault = async (request, next) => {
      if (isPatch(request)) await put.answered;
      return next(request);
    };
    const it = uploadRegistry([slow, put.fault]);
    await new Hashing(it, hashed).push(reference, files);
    expect(it.sent()).toBeLessThan(content.size + 10);
    await expectPulled(it);
  });

  test('what is sent is reported, and never goes back', async () => {
    const it = uploadRegistry([faults.cutUpload(1_000_000, { times: 1 })]);
    const telling = async (url: string, init: RequestInit & { onSent?: (bytes: number) => void } = {}) => {
      const size = init.body instanceof Blob ? init.body.size : 0;
      for (const part of [0.1, 0.5, 1]) init.onSent?.(size * part);
      return it.fetch(url, init);
    };
    const { events, onProgress } = recorder();
    await new Registry({ fetch: telling, retry: atOnce }).push(reference, files, { onProgress });
    const own = events.filter((event) => 'descriptor' in event && event.descriptor.digest === digest);
    const numbers = own.flatMap((event) => (event.type === 'transfer' ? [event.transferred] : []));
    expect(numbers.length).toBeGreaterThan(0);
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
    expect(numbers.at(-1)).toBe(content.size);
    expect(own.map(({ type }) => type).filter((type) => type !== 'transfer')).toEqual(['start', 'done']);
    await expectPulled(it);
  });

  test('content that is there already: the PATCH is stopped, the session is gone, and it is skipped', async () => {
    const patch = watched(isPatch);
    let stopped = false;
    const endless: Fault = async (request, next) => {
      if (!isPatch(request)) return next(request);
      return new Promise((_, reject) => {
        request.signal.addEventListener('abort', () => {
          stopped = true;
          reject(request.signal.reason);
        });
      });
    };
    const it = uploadRegistry([patch.fault, endless]);
    await it.healthy.push(`${host}/org/files:old`, [{ name: 'other.bin', content }]);
    const registry = new Hashing(it, async (blob, options) => {
      if (blob.size === content.size) await patch.came;
      return hashed(blob, options);
    });
    const { events, onProgress } = recorder();
    await registry.push(reference, files, { onProgress });
    const own = events.filter((event) => 'descriptor' in event && event.descriptor.digest === digest);
    expect(own).toEqual([{ type: 'skip', descriptor: expect.objectContaining({ digest }), reason: 'exists' }]);
    expect(stopped).toBe(true);
    expect(count(it, 'PUT')).toBe(1);
    await expectPulled(it);
  });

  test('a hash that fails on the way: its own error, and nothing is left', async () => {
    const patch = watched(isPatch);
    const it = uploadRegistry([patch.fault]);
    const failure = new DOMException('changed', 'NotReadableError');
    const registry = new Hashing(it, async () => {
      await patch.came;
      throw failure;
    });
    expect(await rejection(registry.push(reference, files))).toBe(failure);
    expect(await it.leftovers()).toEqual([]);
  });

  test('an upload that cannot begin: the file is not read to its end', async () => {
    const it = uploadRegistry([faults.refuse(403, { match: ({ method }) => method === 'POST' })]);
    let stopped: unknown;
    const registry = new Hashing(it, (_, { signal }) => {
      return new Promise((_, reject) => {
        signal?.addEventListener('abort', () => {
          stopped = signal.reason;
          reject(signal.reason);
        });
      });
    });
    const error = await rejection(registry.pushFile(registry.repository(reference), files[0]!));
    expect(error).toMatchObject({ code: 'DENIED', message: expect.stringContaining('Cannot push big.bin to ') });
    expect(stopped).toBe(error);
  });

  test.for(['before the digest', 'after it'])('aborted %s: the reason, and nothing is left', async (when) => {
    const abort = new AbortController();
    const patch = watched(isPatch);
    const stopping: Fault = async (request, next) => {
      if (isPut(request)) abort.abort(reason);
      return next(request);
    };
    const it = uploadRegistry([patch.fault, stopping]);
    const registry = new Hashing(it, async (blob, options) => {
      await patch.answered;
      if (when === 'before the digest') abort.abort(reason);
      options.signal?.throwIfAborted();
      return hashed(blob, options);
    });
    expect(await rejection(registry.push(reference, files, { signal: abort.signal }))).toBe(reason);
    await expect.poll(() => it.leftovers()).toEqual([]);
  });
});

describe('a pending push: abort', () => {
  const chunkSize = 1_000_000;
  test.for<[string, { chunkSize?: number }]>([
    ['sent at once', {}],
    ['sent in chunks', { chunkSize }],
  ])('while it is committed, %s: the reason, and nothing is stored or left', async ([, options]) => {
    let pending: PendingPush | undefined;
    const stopping: Fault = async (request, next) => {
      if (isPut(request)) void pending?.abort(reason);
      return next(request);
    };
    const it = uploadRegistry([stopping]);
    pending = await it.repository.begin(content, options);
    expect(await rejection(pending.commit(described(bytes)))).toBe(reason);
    await expect.poll(() => it.leftovers()).toEqual([]);
  });

  test.for<[string, { chunkSize?: number }]>([
    ['sent at once', {}],
    ['sent in chunks', { chunkSize }],
  ])('before it is committed, %s: it can be no more', async ([, options]) => {
    const it = uploadRegistry([]);
    const pending = await it.repository.begin(content, options);
    await pending.abort(reason);
    await rejection(pending.commit(described(bytes)));
    expect(await it.storedDigest(described(bytes))).toBeUndefined();
    expect(await it.leftovers()).toEqual([]);
  });
});

describe('sending while hashing: what registries do', () => {
  test.for<[string, () => Fault]>([
    ['404', () => faults.refuse(404, { match: isPatch })],
    ['405', () => faults.refuse(405, { match: isPatch })],
    ['416 above 4 MiB', () => faults.maxChunk(4 * 1024 * 1024, { status: 416, match: isPatch })],
    ['503', () => faults.refuse(503, { match: isPatch, times: 1 })],
    ['503, always', () => faults.refuse(503, { match: isPatch })],
  ])('a PATCH that is refused (%s): one request with everything', async ([, fault]) => {
    const it = uploadRegistry([fault()]);
    await it.registry.push(reference, files);
    expect(it.log).toContain(`PUT ${content.size}`);
    await expectPulled(it);
  });

  test('413: in chunks', async () => {
    const it = uploadRegistry([faults.maxChunk(2_000_000)]);
    await it.registry.push(reference, files);
    expect(count(it, 'PATCH')).toBeGreaterThan(3);
    expect(count(it, 'POST')).toBe(2);
    await expectPulled(it);
  });

  test.for([false, true])('a connection that breaks: it goes on (kept: %s)', async (kept) => {
    const it = uploadRegistry([faults.cutUpload(3_000_000, { times: 1, kept })]);
    await it.registry.push(reference, files);
    if (kept) expect(it.sent()).toBeLessThan(content.size + 1_500_010);
    await expectPulled(it);
  });

  test('an answer that was lost', async () => {
    const it = uploadRegistry([faults.loseAnswer({ match: isPatch, times: 1 })]);
    await it.registry.push(reference, files);
    expect(it.sent()).toBeLessThan(content.size + 10);
    await expectPulled(it);
  });

  test('a registry that says 202, and has lost it', async () => {
    const losing: Fault = async (request, next) =>
      isPatch(request) ? new Response(null, { status: 202 }) : next(request);
    const it = uploadRegistry([losing]);
    await it.registry.push(reference, files);
    await expectPulled(it);
  });

  test('a session that is gone when the content has come', async () => {
    const it = uploadRegistry([faults.expireUpload({ match: isPut, times: 1 })]);
    await it.registry.push(reference, files);
    await expectPulled(it);
  });
});

describe('sending while hashing: not', () => {
  test('a file that looks like one the tag has: it is read first, and not sent when it is the same', async () => {
    const it = uploadRegistry();
    await it.healthy.push(reference, files);
    await it.registry.push(reference, files);
    expect(it.log.filter((line) => /^(POST|PATCH)/.test(line))).toEqual([]);
    const changed = noise(content.size, 52);
    await it.registry.push(reference, [{ name: 'big.bin', content: new Blob([changed]) }]);
    expect(count(it, 'PATCH')).toBe(0);
    expect(count(it, `PUT ${content.size}`)).toBe(1);
  });

  test.for([{ chunkSize: 10_000_000 }, { mountFrom: ['org/none'] }])('with %j', async (options) => {
    const it = uploadRegistry([faults.noMount()]);
    await it.registry.push(reference, files, options);
    expect(count(it, 'PATCH')).toBe(0);
    await expectPulled(it);
  });
});

describe('sending while hashing: many', () => {
  test('two equal files at once: one is stored, the other is skipped, and nothing is left', async () => {
    const both = gate();
    let patches = 0;
    const together: Fault = async (request, next) => {
      if (isPatch(request) && ++patches === 2) both.open();
      return next(request);
    };
    const it = uploadRegistry([together]);
    const registry = new Hashing(it, async (blob, options) => {
      if (blob.size === content.size) await both.opened;
      return hashed(blob, options);
    });
    const { events, onProgress } = recorder();
    const two = ['a', 'b'].map((name) => ({ name, content }));
    const { manifest } = await registry.push(reference, two, { onProgress });
    expect(manifest.layers.map((layer) => layer.digest)).toEqual([digest, digest]);
    const own = events.filter((event) => 'descriptor' in event && event.descriptor.digest === digest);
    const types = own.map(({ type }) => type).filter((type) => type !== 'transfer');
    expect(types.sort()).toEqual(['done', 'skip', 'start']);
    await expectPulled(it);
  });

  test('two equal files of which the first fails: one error, and nothing is left', async () => {
    const it = uploadRegistry([faults.refuse(400, { match: isPut })]);
    const two = ['a', 'b'].map((name) => ({ name, content }));
    expect(await rejection(it.registry.push(reference, two))).toMatchObject({ status: 400 });
    expect(await it.leftovers()).toEqual([]);
  });
});
