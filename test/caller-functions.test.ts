import {
  type Digest,
  digestOf,
  type FileInput,
  MemoryStorage,
  type NamedFile,
  OciLayout,
  pull,
  push,
  Registry,
  type RegistryOptions,
  type Target,
  type TransferEvent,
} from 'oras-js';
import type { Fault } from 'oras-js/server';
import { describe, expect, test } from 'vitest';
import { alice } from './support/auth-modes.ts';
import { Failing, knownHash, large, mistakes, smallLayout, type Way, ways } from './support/caller-errors.ts';
import { rejection } from './support/content.ts';
import { described, host, pathsBelow, uploadRegistry } from './support/upload-registry.ts';

const kib = 1024;
const reference = `${host}/org/files:v1`;
const small = [
  { name: 'a', content: 'first' },
  { name: 'b', content: 'second' },
];
const ahead = [{ name: 'large', content: new Blob([large]) }];
const chunks = [{ name: 'chunks', content: new Blob([large.subarray(0, 60 * kib)]) }];
/** Every error, thrown or as a rejection. */
const some = mistakes.map((error, i) => [ways[i % 2] as Way, `${error()}`, error] as const);
/** Every error, both ways. */
const table = ways.flatMap((way) => mistakes.map((error) => [way, `${error()}`, error] as const));

/** Runs a call again and again, with a function that fails with its first call, its second, … until there is none. */
async function eachCall(
  make: (at: number) => Failing,
  run: (failing: Failing) => Promise<unknown>,
  check: (failing: Failing) => unknown = () => {},
): Promise<void> {
  for (let at = 1; ; at++) {
    const failing = make(at);
    const running = run(failing);
    await running.catch(() => {});
    if (failing.failed === undefined) {
      await running;
      expect(at).toBeGreaterThan(1);
      return;
    }
    expect(await rejection(running)).toBe(failing.error);
    await check(failing);
  }
}

/** Calls to a registry that ask it in all ways. */
const calls: Record<string, (registry: Registry, healthy: Registry) => Promise<unknown>> = {
  'push of small files': (registry) => registry.push(reference, small, { concurrency: 1 }),
  'push of a large file': (registry) =>
    push(registry.repository(reference), 'v1', ahead, { hash: knownHash, concurrency: 1 }),
  'push in chunks': (registry) => registry.push(reference, chunks, { chunkSize: 20 * kib }),
  'push that mounts': (registry) =>
    registry.push(reference, small, { mountFrom: ['org/source', 'org/other'], concurrency: 1 }),
  'push that is resumed': async (registry, healthy) => {
    const resume = new MemoryStorage();
    const paused = new AbortController();
    const settings = { chunkSize: 20 * kib, resume };
    const onProgress = ({ type }: { type: string }): void => {
      if (type === 'transfer') paused.abort();
    };
    await healthy.push(reference, chunks, { ...settings, signal: paused.signal, onProgress }).catch(() => {});
    return registry.push(reference, chunks, settings);
  },
  pull: (registry) => registry.pull(`${host}/org/there:v1`, { to: new MemoryStorage(), concurrency: 1 }),
  tags: async (registry) => {
    for await (const _ of registry.tags(`${host}/org/there`));
  },
  'list of referrers': async (registry) => {
    for await (const _ of registry.repository(`${host}/org/there`).referrers({ digest: digestOf(large) }));
  },
  'removal of a tag': (registry) => registry.repository(`${host}/org/there`).untag('v1'),
  'deletion of an attached manifest': async (registry, healthy) => {
    const { descriptor: subject } = await healthy.inspect(`${host}/org/there:v1`);
    const { descriptor } = await healthy.push(`${host}/org/there`, small, { artifactType: 'test/x', subject });
    await registry.repository(`${host}/org/there`).delete(descriptor);
  },
};
const callNames = Object.keys(calls);

/** A registry where there is something to mount and to pull, and a client of it with these settings. */
async function registryWith(
  settings: RegistryOptions,
  ...list: Parameters<typeof uploadRegistry>
): Promise<ReturnType<typeof uploadRegistry>> {
  const it = uploadRegistry(...list);
  await it.healthy.push(`${host}/org/source:v1`, small.slice(0, 1));
  await it.healthy.push(`${host}/org/there:v1`, small);
  return { ...it, registry: new Registry({ fetch: it.fetch, retry: { delay: () => 0 }, ...settings }) };
}

/** Makes a call fail with each call of one function of the client, and checks that nothing but a session's end follows. */
async function eachSetting(
  call: string,
  make: (at: number) => Failing,
  settings: (failing: Failing) => RegistryOptions,
  ...list: Parameters<typeof uploadRegistry>
): Promise<void> {
  let after: string[] = [];
  await eachCall(
    make,
    async (failing) => {
      const it = await registryWith(settings(failing), ...list);
      failing.onFailure = () => {
        it.log.length = 0;
        after = it.log;
      };
      return calls[call]!(it.registry, it.healthy);
    },
    // A large file is looked for while it is sent: of these two requests one may be on its way.
    () => call === 'push of a large file' || expect(after.filter((line) => line !== 'DELETE')).toEqual([]),
  );
}

const everyCall = callNames.flatMap((call) => ways.map((way) => [call, way] as const));

describe.for(['onRequest', 'onResponse'] as const)('%s: what it fails with is what the call fails with', (name) => {
  const settings = ({ call }: Failing): RegistryOptions => ({ [name]: call });
  const rows = ['push of a large file', 'push that is resumed', 'push that mounts'].flatMap((call) =>
    some.map(([way, text, error]) => [call, way, text, error] as const),
  );

  test.for(everyCall)('at any request of a %s, it %s', ([call, way]) =>
    eachSetting(call, (at) => new Failing(at, way), settings),
  );

  test.for(rows)('at any request of a %s, it %s %s', ([call, way, , error]) =>
    eachSetting(call, (at) => new Failing(at, way, error()), settings),
  );
});

test.for(callNames)('a %s, with an observer that fails from then on: the first error is told', async (call) => {
  await eachCall(
    (at) => new Failing(at, 'throws'),
    async (failing) => {
      const onRequest = (): void => {
        failing.call();
        if (failing.failed) throw new Error('a later one');
      };
      const it = await registryWith({ onRequest });
      return calls[call]!(it.registry, it.healthy);
    },
  );
});

describe('onWarning: what it fails with is what the call fails with', () => {
  test.for(everyCall)('at any warning of a %s, it %s', async ([call, way]) => {
    let number = 0;
    const warning: Fault = async (request, next) => {
      const response = await next(request);
      const headers = new Headers(response.headers);
      headers.set('warning', `299 - "number ${number++}"`);
      return new Response(response.body, { status: response.status, headers });
    };
    await eachSetting(
      call,
      (at) => new Failing(at, way),
      (failing) => ({ onWarning: failing.call }),
      [warning],
    );
  });
});

describe.for(['basic', 'bearer'] as const)(
  'credentials: what the function fails with, for a registry that wants %s',
  (scheme) => {
    const auth = { scheme, users: { [alice.username]: alice.password } };
    const client = { credentials: alice };
    const settings = ({ call }: Failing): RegistryOptions => ({
      credentials: async () => {
        await call();
        return alice;
      },
    });

    test.for(everyCall)('at any time of a %s, it %s', ([call, way]) =>
      eachSetting(call, (at) => new Failing(at, way), settings, [], { server: { auth }, client }),
    );

    const rows = ['push of a large file', 'push that mounts'].flatMap((call) =>
      some.map(([way, text, error]) => [call, way, text, error] as const),
    );

    test.for(rows)('at any time of a %s, it %s %s', ([call, way, , error]) =>
      eachSetting(call, (at) => new Failing(at, way, error()), settings, [], { server: { auth }, client }),
    );

    test('for a registry that says only at its base endpoint how to authenticate, and an observer', async () => {
      const silent: Fault = async (request, next) => {
        const response = await next(request);
        const headers = new Headers(response.headers);
        if (!request.url.endsWith('/v2/')) headers.delete('www-authenticate');
        return new Response(response.body, { status: response.status, headers });
      };
      const observing = ({ call }: Failing): RegistryOptions => ({ ...client, onRequest: call });
      const make = (at: number): Failing => new Failing(at, 'rejects');
      await eachSetting('push in chunks', make, observing, [silent], { server: { auth }, client });
    });
  },
);

describe('storages: what one fails with is what the call fails with', () => {
  const each = async (
    [way, error]: readonly [Way, () => unknown],
    run: (failing: Failing) => Promise<unknown>,
    check?: (failing: Failing) => Promise<void>,
  ): Promise<void> => eachCall((at) => new Failing(at, way, error()), run, check);
  const rows = table.map(([way, text, error]) => [way, text, [way, error]] as const);

  test.for(rows)('notes of uploads: it %s %s', async ([, , row]) => {
    let leftovers = async (): Promise<string[]> => [];
    const run = async (failing: Failing): Promise<unknown> => {
      const it = uploadRegistry();
      leftovers = it.leftovers;
      return it.registry.push(reference, chunks, { chunkSize: 20 * kib, resume: failing.storage() });
    };
    await each(row, run, async () => expect(await leftovers()).toEqual([]));
  });

  test.for(rows)('notes of an upload that goes on: it %s %s', ([, , row]) =>
    each(row, async (failing) => {
      const it = uploadRegistry();
      const notes = new MemoryStorage();
      const paused = new AbortController();
      const options = {
        chunkSize: 20 * kib,
        onProgress: ({ type }: TransferEvent) => type === 'transfer' && paused.abort(),
      };
      await it.registry.push(reference, chunks, { ...options, resume: notes, signal: paused.signal }).catch(() => {});
      return it.registry.push(reference, chunks, { chunkSize: 20 * kib, resume: failing.storage(notes) });
    }),
  );

  test.for(rows)('where files are pulled to: it %s %s', async ([, , row]) => {
    const layout = await smallLayout();
    await each(row, (failing) => pull(layout, 'v1', { to: failing.storage() }));
  });

  test.for(rows)('a layout that is written: it %s %s', ([, , row]) =>
    each(row, (failing) => push(new OciLayout(failing.storage()), 'v1', small)),
  );

  test.for(rows)('a layout that is read: it %s %s', async ([, , row]) => {
    const storage = new MemoryStorage();
    const layout = new OciLayout(storage);
    const { manifest } = await push(layout, 'v1', small);
    await each(row, async (failing) => {
      const read = new OciLayout(failing.storage(storage));
      await read.resolve(manifest.layers[0]!.digest);
      await pull(read, 'v1', { to: new MemoryStorage() });
    });
  });
});

describe('hooks: what one fails with is what the call fails with', () => {
  class Hooked extends Registry {
    readonly #hooks: { hash?: Failing; mediaTypeOf?: Failing; openPath?: Failing };

    constructor(options: RegistryOptions, hooks: { hash?: Failing; mediaTypeOf?: Failing; openPath?: Failing }) {
      super(options);
      this.#hooks = hooks;
    }

    protected override hash(content: Blob): Promise<Digest> {
      return (this.#hooks.hash?.call() as Promise<Digest> | undefined) ?? knownHash(content);
    }

    protected override mediaTypeOf(): string | Promise<string> {
      return (this.#hooks.mediaTypeOf?.call() as Promise<string> | undefined) ?? 'text/plain';
    }

    protected override openPath(path: string): Promise<NamedFile> {
      const failed = this.#hooks.openPath?.call() as Promise<NamedFile> | undefined;
      return failed ?? Promise.resolve({ name: path, content: path });
    }
  }

  const rows = (['hash', 'mediaTypeOf', 'openPath'] as const).flatMap((hook) =>
    table.map(([way, text, error]) => [hook, way, text, error] as const),
  );

  test.for(rows)('%s %s %s', async ([hook, way, , error]) => {
    const files: FileInput[] = ['path', ...small, ...ahead];
    let it = uploadRegistry();
    await eachCall(
      (at) => new Failing(at, way, error()),
      async (failing) => {
        it = uploadRegistry();
        const registry = new Hooked({ fetch: it.fetch }, { [hook]: failing });
        return registry.push(reference, files, { concurrency: 1 });
      },
      async () => {
        await expect.poll(() => it.leftovers()).toEqual([]);
        expect(await rejection(it.healthy.inspect(reference))).toMatchObject({ code: 'NOT_FOUND' });
      },
    );
  });
});

describe('content: what it fails with while it is read is what the call fails with', () => {
  /** The bytes as a stream of four parts that fails before one of them. */
  const failingStream = (bytes: Uint8Array, failing: Failing): ReadableStream<Uint8Array> => {
    let part = 0;
    return new ReadableStream(
      {
        async pull(controller) {
          await failing.call();
          const size = bytes.byteLength / 4;
          if (part === 4) return controller.close();
          controller.enqueue(bytes.slice(size * part, size * ++part));
        },
      },
      { highWaterMark: 0 },
    );
  };
  /** A Blob of somebody else, which is read by its stream. */
  const failingBlob = (bytes: Uint8Array<ArrayBuffer>, failing: Failing): Blob =>
    Object.defineProperty(new Blob([bytes]), 'stream', { value: () => failingStream(bytes, failing) });
  // What a file fails with that cannot be read is a DOMException.
  const rows = mistakes
    .filter((error) => !(error() instanceof DOMException))
    .map((error) => [`${error()}`, error] as const);
  const part = large.slice(0, 80 * kib);
  const targets: Record<string, () => { target: Target; check: () => Promise<void> }> = {
    registry: () => {
      const it = uploadRegistry();
      return { target: it.repository, check: async () => expect.poll(() => it.leftovers()).toEqual([]) };
    },
    layout: () => {
      const storage = new MemoryStorage();
      const check = async (): Promise<void> => expect(await pathsBelow(storage)).toEqual([]);
      return { target: new OciLayout(storage), check };
    },
  };
  const every = Object.keys(targets).flatMap((name) => rows.map(([text, error]) => [name, text, error] as const));

  test.for(every)('a stream, pushed to a %s: %s', async ([name, , error]) => {
    let check = async (): Promise<void> => {};
    await eachCall(
      (at) => new Failing(at, 'throws', error()),
      (failing) => {
        const to = targets[name]!();
        check = to.check;
        return push(to.target, 'v1', [{ name: 'a', content: failingStream(part, failing) }], { chunkSize: 20 * kib });
      },
      () => check(),
    );
  });

  test.for(every)('a Blob that is hashed, pushed to a %s: %s', async ([name, , error]) => {
    for (const bytes of [part, large]) {
      const { check, target } = targets[name]!();
      const failing = new Failing(3, 'throws', error());
      const pushed = push(target, 'v1', [{ name: 'a', content: failingBlob(bytes, failing) }]);
      expect(await rejection(pushed)).toBe(failing.error);
      await check();
    }
  });

  test.for(rows)('a Blob that is stored in a layout: %s', async ([, error]) => {
    const { check, target } = targets.layout!();
    const failing = new Failing(3, 'throws', error());
    expect(await rejection(target.push(described(part), failingBlob(part, failing)))).toBe(failing.error);
    await check();
  });

  // A browser reads a Blob that it sends by itself, and not its stream.
  test.for('document' in globalThis ? [] : rows)('a Blob that is sent: %s', async ([, error]) => {
    for (const bytes of [part, large]) {
      const it = uploadRegistry();
      const failing = new Failing(3, 'throws', error());
      const hash = async (): Promise<string> => described(bytes).digest;
      const content = failingBlob(bytes, failing);
      expect(await rejection(push(it.repository, 'v1', [{ name: 'a', content }], { hash }))).toBe(failing.error);
      expect(failing.calls).toBe(3);
      await expect.poll(() => it.leftovers()).toEqual([]);
    }
  });
});
