import {
  attach,
  copy,
  discover,
  fetchBytes,
  fetchManifest,
  imageConfig,
  inspect,
  MemoryStorage,
  mirror,
  OciLayout,
  packFiles,
  packIndex,
  packManifest,
  pull,
  push,
  pushBlob,
  Registry,
} from 'oras-js';
import { describe, expect, test } from 'vitest';
import { itemsOf } from './support/content.ts';

// What JavaScript can hand in where the types forbid it: a TypeError (or what the grammar says of texts) that says what was
// expected, and nothing is sent or stored.

const files = [{ name: 'a', content: 'a' }];
const absent = { mediaType: 'a/b', digest: `sha256:${'0'.repeat(64)}`, size: 1 };
const nodeStream = { pipe() {}, async *[Symbol.asyncIterator]() {} };
function* generator(): Generator<unknown> {
  yield 5;
}

/** Values that are wrong nearly everywhere, with what a message calls them. */
const values: readonly (readonly [unknown, string])[] = [
  [5, 'a number'],
  [true, 'a boolean'],
  [() => {}, 'a function'],
  [generator, 'a function'],
  [Promise.resolve('x'), 'a promise'],
  [nodeStream, 'a Node stream'],
  [new ArrayBuffer(3), 'an ArrayBuffer'],
  [new Uint8Array(3), 'a Uint8Array'],
  [new Blob(['x']), 'a Blob'],
  [new Map([['a', 'b']]), 'a'],
  [Symbol('x'), 'a symbol'],
];
const [unset, nothing] = [
  [undefined, 'undefined'],
  [null, 'null'],
] as const;
const [text, list, object] = [
  ['text', 'text'],
  [[5], 'an Array'],
  [{}, 'an object'],
] as const;

/** Everything a call is made with, of which a test replaces one. */
interface Arguments {
  registry: Registry;
  target: OciLayout;
  reference: never;
  value: never;
}

type Call = (it: Arguments) => unknown;
type Row = readonly [name: string, call: Call, ...wrong: (readonly [unknown, string])[]];

const referenceCalls: Record<string, Call> = {
  'registry.push': ({ registry, value }) => registry.push(value, files),
  'registry.pull': ({ registry, value }) => registry.pull(value),
  'registry.inspect': ({ registry, value }) => registry.inspect(value),
  'registry.manifest': ({ registry, value }) => registry.manifest(value),
  'registry.attach': ({ registry, value }) => registry.attach(value, files, { artifactType: 'a/b' }),
  'registry.discover': async ({ registry, value }) => registry.discover(value).next(),
  'registry.config': ({ registry, value }) => registry.config(value),
  'registry.copy': ({ registry, reference, value }) => registry.copy(reference, value),
  'registry.mirror': async ({ registry, value }) => registry.mirror(value, value).next(),
  'registry.tag': ({ registry, value }) => registry.tag(value, 'v2'),
  'registry.untag': ({ registry, value }) => registry.untag(value),
  'registry.delete': ({ registry, value }) => registry.delete(value),
  'registry.tags': async ({ registry, value }) => registry.tags(value),
  'registry.repository': async ({ registry, value }) => registry.repository(value),
};
const targetCalls: Record<string, Call> = {
  push: ({ value }) => push(value, 'v1', files),
  pull: ({ value }) => pull(value, 'v1'),
  inspect: ({ value }) => inspect(value, 'v1'),
  packManifest: ({ value }) => packManifest(value),
  pushBlob: ({ value }) => pushBlob(value, 'x'),
  attach: ({ value }) => attach(value, 'v1', files, { artifactType: 'a/b' }),
  discover: async ({ value }) => discover(value, 'v1').next(),
  copy: ({ target, value }) => copy(target, 'v1', value),
  mirror: async ({ target, value }) => mirror(value, target).next(),
  packIndex: ({ value }) => packIndex(value),
  imageConfig: ({ value }) => imageConfig(value, 'v1'),
  fetchManifest: ({ value }) => fetchManifest(value, 'v1'),
  fetchBytes: ({ value }) => fetchBytes(value, absent),
  'registry.pushFile': ({ registry, value }) => registry.pushFile(value, files[0]!),
};
const foundCalls: Record<string, Call> = {
  pull: ({ target, value }) => pull(target, value),
  inspect: ({ target, value }) => inspect(target, value),
  fetchManifest: ({ target, value }) => fetchManifest(target, value),
  fetchBytes: ({ target, value }) => fetchBytes(target, value),
};
const filesCalls: Record<string, Call> = {
  push: ({ target, value }) => push(target, 'v1', value),
  packFiles: ({ value }) => packFiles(value),
  'registry.push': ({ registry, reference, value }) => registry.push(reference, value),
  'registry.pushFile': ({ registry, target, value }) => registry.pushFile(target, value),
};
/** As in any loop that awaits, promises in a list are awaited. */
const itemCalls: Record<string, Call> = {
  push: ({ target, value }) => push(target, 'v1', [value]),
  packFiles: ({ value }) => packFiles([value]),
};
const contentCalls: Record<string, Call> = {
  push: ({ target, value }) => push(target, 'v1', [{ name: 'a', content: value }]),
  packFiles: ({ value }) => packFiles({ name: 'a', content: value }),
  pushBlob: ({ target, value }) => pushBlob(target, value),
  'target.push': ({ target, value }) =>
    target.push({ mediaType: 'a/b', digest: `sha256:${'0'.repeat(64)}`, size: 1 }, value),
};
const allOptions: Record<string, (it: Arguments, options: never) => unknown> = {
  push: ({ target }, options) => push(target, 'v1', files, options),
  packFiles: (_, options) => packFiles(files, options),
  packManifest: ({ target }, options) => packManifest(target, options),
  pushBlob: ({ target }, options) => pushBlob(target, 'x', options),
  pull: ({ target }, options) => pull(target, 'v1', options),
  inspect: ({ target }, options) => inspect(target, 'v1', options),
  fetchManifest: ({ target }, options) => fetchManifest(target, 'v1', options),
  fetchBytes: ({ target }, options) => fetchBytes(target, absent, options),
  discover: async ({ target }, options) => discover(target, 'v1', options).next(),
  copy: ({ target }, options) => copy(target, 'v1', target, 'v2', options),
  mirror: async ({ target }, options) => mirror(target, target, options).next(),
  packIndex: ({ target }, options) => packIndex(target, options),
  imageConfig: ({ target }, options) => imageConfig(target, 'v1', options),
  'registry.discover': async ({ registry, reference }, options) => registry.discover(reference, options).next(),
  'registry.copy': ({ registry, reference }, options) => registry.copy(reference, reference, options),
  'registry.mirror': async ({ registry, reference }, options) => registry.mirror(reference, reference, options).next(),
  'registry.tag': ({ registry, reference }, options) => registry.tag(reference, 'v2', options),
  'registry.untag': ({ registry, reference }, options) => registry.untag(reference, options),
  'registry.delete': ({ registry, reference }, options) => registry.delete(reference, options),
  'registry.repositories': async ({ registry }, options) => itemsOf(registry.repositories('localhost', options)),
  'registry.push': ({ registry, reference }, options) => registry.push(reference, files, options),
  'registry.pull': ({ registry, reference }, options) => registry.pull(reference, options),
  'registry.inspect': ({ registry, reference }, options) => registry.inspect(reference, options),
  'registry.manifest': ({ registry, reference }, options) => registry.manifest(reference, options),
  'registry.tags': async ({ registry, reference }, options) => registry.tags(reference, options),
  'registry.pushFile': ({ registry, target }, options) => registry.pushFile(target, files[0]!, options),
};

const bytes = values.filter(
  ([value]) => !(value instanceof ArrayBuffer || value instanceof Uint8Array || value instanceof Blob),
);
const rows = (what: string, calls: Record<string, Call>, ...wrong: Row[2][]): Row[] =>
  Object.entries(calls).map(([name, call]) => [`${what} of ${name}`, call, ...wrong]);

const table: Row[] = [
  ...rows('the reference', referenceCalls, ...values, unset, nothing, list, object),
  ...rows('the target', targetCalls, ...values, unset, nothing, text, list, object),
  ...rows('what is looked for', foundCalls, ...values, unset, nothing, list, object),
  ...rows('the files', filesCalls, ...values.filter(([value]) => !(value instanceof Map)), unset, nothing, object),
  ...rows(
    'one of the files',
    itemCalls,
    ...values.filter(([value]) => !(value instanceof Promise || value instanceof Map)),
    unset,
  ),
  ...rows('the content', contentCalls, ...bytes, unset, nothing, list, object),
  ['the tag of push', ({ target, value }) => push(target, value, files), ...values, nothing, list, object],
  ...Object.entries(allOptions).map(
    ([name, call]): Row => [`the options of ${name}`, (it) => call(it, it.value), ...values.slice(0, 4), nothing, text],
  ),
];

function setting(): Omit<Arguments, 'value'> & { sent: string[]; storage: MemoryStorage } {
  const sent: string[] = [];
  const storage = new MemoryStorage();
  const fetch = async (url: string): Promise<Response> => {
    sent.push(url);
    return new Response();
  };
  const registry = new Registry({ fetch, credentials: () => undefined });
  return { registry, target: new OciLayout(storage), reference: 'localhost/a/b:v1' as never, sent, storage };
}

async function failureOf(call: (it: Arguments) => unknown, value: unknown): Promise<unknown> {
  const { sent, storage, ...it } = setting();
  const error = await Promise.resolve()
    .then(() => call({ ...it, value: value as never }))
    .then(
      () => undefined,
      (reason: unknown) => reason,
    );
  expect([sent, await itemsOf(storage.list())]).toEqual([[], []]);
  return error;
}

describe('arguments of a wrong type', () => {
  test.for(table)('%s', async ([, call, ...wrong]) => {
    for (const [value, word] of wrong) {
      const error = await failureOf(call, value);
      expect(error, word).toBeInstanceOf(TypeError);
      expect((error as Error).message).toMatch(/ (must|is a|is text|has no size)/);
      if (!(value instanceof Map)) expect((error as Error).message).toContain(`${word}`);
    }
  });

  test('content without a name: the message says how to give it one', async () => {
    for (const value of [new Blob(['x']), new Uint8Array(1), new ArrayBuffer(1)]) {
      expect(String(await failureOf(filesCalls.push!, value))).toContain('{ name, content }');
    }
  });
});

describe('options of a wrong type', () => {
  const names = [
    'signal',
    'onProgress',
    'onWarning',
    'tags',
    'mountFrom',
    'resume',
    'retry',
    'overwrite',
    'unpack',
    'limits',
  ];
  const rows = Object.entries(allOptions).flatMap(([name, call]) =>
    names.map((option) => [name, option, call] as const),
  );
  test.for(rows)('%s: %s', async ([, option, call]) => {
    const error = await failureOf((it) => call(it, { [option]: 'wrong' } as never), undefined);
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).message).toMatch(new RegExp(`^The option ${option} must be .*, not text$`));
  });

  test.for(
    Object.entries(allOptions).flatMap(([name, call]) =>
      ['concurrency', 'chunkSize', 'pageSize'].map((option) => [name, option, call] as const),
    ),
  )('%s: %s that is no count', async ([, option, call]) => {
    for (const value of [0, -1, 1.5, Number.NaN, '3', {}]) {
      const error = await failureOf((it) => call(it, { [option]: value } as never), undefined);
      expect(error, String(value)).toBeInstanceOf(RangeError);
    }
  });

  test.for([5, true, [], {}, new Map(), Promise.resolve('out')])('pull: %s to pull to', async (to) => {
    for (const call of [allOptions.pull!, allOptions['registry.pull']!]) {
      const error = await failureOf((it) => call(it, { to } as never), undefined);
      expect(error).toBeInstanceOf(TypeError);
      expect((error as Error).message).toContain('must be a storage');
    }
  });

  test.for(['nonsense', '', 'linux', 'linux/', 5, {}, null, ['linux', 'arm64']])('platform: %j', async (platform) => {
    for (const name of ['pull', 'inspect', 'registry.pull', 'registry.inspect', 'registry.manifest']) {
      const error = await failureOf((it) => allOptions[name]!(it, { platform } as never), undefined);
      expect(error).toMatchObject({ code: 'INVALID_REFERENCE' });
    }
  });

  test('null is not set, and an AbortController is options', async () => {
    const { target } = setting();
    await push(target, 'v1', files, { signal: null, onProgress: null, retry: null } as never);
    await push(target, 'v1', files, new AbortController());
    expect((await pull(target, 'v1', new AbortController())).files).toHaveLength(1);
  });
});

describe('one file is a list of one', () => {
  test.for<[string, Parameters<typeof push>[2]]>([
    ['a named file', { name: 'a', content: 'a' }],
    ['a File', new File(['a'], 'a')],
    ['content that is a buffer', { name: 'a', content: new TextEncoder().encode('a').buffer }],
  ])('%s', async ([, one]) => {
    const { target } = setting();
    const { descriptor } = await push(target, 'v1', one);
    expect(descriptor.digest).toBe((await packFiles(files)).descriptor.digest);
    expect((await packFiles(one)).descriptor).toEqual(descriptor);
  });
});
