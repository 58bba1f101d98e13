import { describe, expect, expectTypeOf, test } from 'vitest';
import * as z from 'zod/mini';
import {
  type Descriptor,
  fetchJson,
  type Index,
  InvalidContentError,
  type Manifest,
  MemoryStorage,
  OciLayout,
  pushBlob,
  type Registry,
  type Repository,
  type StandardSchema,
  schemas,
} from '../../src/index.ts';
import { descriptorOf, rejection } from '../support/content.ts';
import { fakeRepository } from '../support/fake-fetch.ts';

/** A schema of no library: a list of numbers, or what is wrong with each of its items. */
const numbers: StandardSchema<number[]> = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate(value) {
      const list = Array.isArray(value) ? (value as unknown[]) : [value];
      const issues = list.flatMap((item, i) =>
        typeof item === 'number' ? [] : [{ message: 'no number', path: [{ key: 'list' }, i] }],
      );
      return issues.length > 0 ? { issues } : { value: list as number[] };
    },
  },
};

const dated: StandardSchema<Date> = {
  '~standard': { version: 1, vendor: 'test', validate: async (value) => ({ value: new Date(String(value)) }) },
};

const settings = z.object({ name: z.string(), ports: z._default(z.array(z.number()), []) });

async function stored(content: string | Uint8Array): Promise<[OciLayout, Descriptor]> {
  const layout = new OciLayout(new MemoryStorage());
  return [layout, await pushBlob(layout, content, { mediaType: 'application/json' })];
}

describe('fetchJson', () => {
  test.for([{ a: [1, null] }, [], 'text', 0, null])('without a schema: %j as it is', async (value) => {
    const [layout, descriptor] = await stored(JSON.stringify(value));
    expect(await fetchJson(layout, descriptor)).toEqual(value);
  });

  test('a byte order mark is no part of it', async () => {
    expect(await fetchJson(...(await stored('\ufeff{"a":1}')))).toEqual({ a: 1 });
  });

  test('a schema of a library gives what it reads', async () => {
    const [layout, descriptor] = await stored('{"name":"x","more":1}');
    expect(await fetchJson(layout, descriptor, settings)).toEqual({ name: 'x', ports: [] });
  });

  test('a schema of its own, at once or later, gives what it reads', async () => {
    expect(await fetchJson(...(await stored('[1,2]')), numbers)).toEqual([1, 2]);
    const [layout, descriptor] = await stored('"2020-01-02T03:04:05Z"');
    expect(await fetchJson(layout, descriptor, dated)).toEqual(new Date('2020-01-02T03:04:05Z'));
  });

  test('what a schema does not take is an error that says where, and why', async () => {
    const [layout, descriptor] = await stored('["a",2,"b","c","d"]');
    const error = await rejection(fetchJson(layout, descriptor, numbers));
    expect(error).toBeInstanceOf(InvalidContentError);
    expect(error).toMatchObject({
      code: 'INVALID_CONTENT',
      name: 'InvalidContentError',
      message: `${descriptor.digest} cannot be read: list[0]: no number; list[2]: no number; list[3]: no number; and 1 more`,
      issues: [0, 2, 3, 4].map((i) => ({ path: `list[${i}]`, message: 'no number' })),
    });
    const [other, wrong] = await stored('{"name":"x","ports":[1,"2"]}');
    expect(await rejection(fetchJson(other, wrong, settings))).toMatchObject({
      code: 'INVALID_CONTENT',
      issues: [{ path: 'ports[1]', message: expect.any(String) }],
    });
  });

  test('a key that others wrote does no harm to the message', async () => {
    const [layout, descriptor] = await stored('1');
    const validate = (): { issues: { message: string; path: string[] }[] } => ({
      issues: [{ message: 'wrong', path: ['a', '\u009b[2J\n'.repeat(99)] }],
    });
    const schema: StandardSchema = { '~standard': { version: 1, vendor: 'test', validate } };
    const { message } = (await rejection(fetchJson(layout, descriptor, schema))) as Error;
    expect(message).toMatch(/^sha256:\S+ cannot be read: a\[" \[2J/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
    expect(message).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
    expect(message.length).toBeLessThan(300);
  });

  test.for<[string, string | Uint8Array]>([
    ['nothing', ''],
    ['half of it', '{"a":'],
    ['two of it', '1 2'],
    ['invalid UTF-8', new Uint8Array([0x22, 0xff, 0x22])],
  ])('%s is no JSON', async ([, content]) => {
    const [layout, descriptor] = await stored(content);
    for (const schema of [undefined, numbers]) {
      expect(await rejection(fetchJson(layout, descriptor, schema))).toMatchObject({
        code: 'INVALID_CONTENT',
        message: `${descriptor.digest} cannot be read: it is not JSON in UTF-8`,
        issues: [{ path: '', message: 'it is not JSON in UTF-8' }],
      });
    }
  });

  test('what a schema throws comes out as it is', async () => {
    const failure = new Error('mine');
    const validate = (): never => {
      throw failure;
    };
    const schema: StandardSchema = { '~standard': { version: 1, vendor: 'test', validate } };
    expect(await rejection(fetchJson(...(await stored('1')), schema))).toBe(failure);
  });

  test('what is no schema is refused before anything is asked', async () => {
    const { repository, sent } = fakeRepository(() => new Response('1'));
    for (const schema of [{}, null, 'x', { '~standard': {} }] as never[]) {
      expect(await rejection(repository.json(descriptorOf('1'), schema))).toBeInstanceOf(TypeError);
    }
    expect(sent()).toEqual([]);
  });

  test('more than 4 MiB, or the limit, is not read', async () => {
    const [layout, descriptor] = await stored('[1, 2]');
    expect(await rejection(fetchJson(layout, descriptor, numbers, { limit: 5 }))).toMatchObject({ code: 'TOO_LARGE' });
    const large = { ...descriptor, size: 4 * 1024 * 1024 + 1 };
    expect(await rejection(fetchJson(layout, large))).toMatchObject({ code: 'TOO_LARGE' });
  });

  test('other content than that of its digest is not taken', async () => {
    const { repository } = fakeRepository(() => new Response('2'));
    expect(await rejection(repository.json(descriptorOf('1')))).toMatchObject({ code: 'MISMATCH' });
  });

  test('an abort ends it with its reason', async () => {
    const [layout, descriptor] = await stored('1');
    const reason = new Error('enough');
    const options = { signal: AbortSignal.abort(reason) };
    expect(await rejection(fetchJson(layout, descriptor, undefined, options))).toBe(reason);
  });

  test('an abort ends it while a schema takes its time', async () => {
    const [layout, descriptor] = await stored('1');
    const reason = new Error('enough');
    const stop = new AbortController();
    const validate = (): Promise<never> => {
      stop.abort(reason);
      return new Promise(() => {});
    };
    const endless: StandardSchema = { '~standard': { version: 1, vendor: 'test', validate } };
    expect(await rejection(fetchJson(layout, descriptor, endless, { signal: stop.signal }))).toBe(reason);
  });
});

describe('json of a repository and a registry', () => {
  test('reads a blob', async () => {
    const { repository } = fakeRepository(() => new Response('[1]'));
    expect(await repository.json(descriptorOf('[1]'), numbers)).toEqual([1]);
    expect(await repository.json(descriptorOf('[1]'))).toEqual([1]);
  });
});

describe('schemas', () => {
  const config = descriptorOf('{}', 'a/b');

  test('a manifest, an index and a descriptor are read as fetchManifest does', async () => {
    const manifest = { schemaVersion: 2, mediaType: null, config, layers: null, x: 1 };
    const read = { schemaVersion: 2, config, layers: [], x: 1 };
    expect(await fetchJson(...(await stored(JSON.stringify(manifest))), schemas.manifest)).toEqual(read);
    const index = { manifests: [config, {}], annotations: { a: 1 } };
    const entries = { schemaVersion: 2, manifests: [config], annotations: {} };
    expect(await fetchJson(...(await stored(JSON.stringify(index))), schemas.index)).toEqual(entries);
    const odd = { ...config, urls: 'x' };
    expect(await fetchJson(...(await stored(JSON.stringify(odd))), schemas.descriptor)).toEqual(config);
  });

  test.for<[StandardSchema, unknown, string, string]>([
    [schemas.manifest, { schemaVersion: 2, config, layers: [{}] }, 'layers[0].digest', 'layers[0].digest is missing'],
    [schemas.manifest, [], '', 'it is a list, not an object'],
    [schemas.index, { manifests: 1 }, 'manifests', 'manifests is 1, not a list'],
    [schemas.descriptor, { ...config, size: -1 }, 'size', 'size is -1, not a number of bytes'],
  ])('%#: what is wrong is said in the same words', async ([schema, value, path, message]) => {
    const [layout, descriptor] = await stored(JSON.stringify(value));
    expect(await rejection(fetchJson(layout, descriptor, schema))).toMatchObject({
      message: `${descriptor.digest} cannot be read: ${message}`,
      issues: [{ path, message }],
    });
  });

  test('what is both an index and a manifest is neither', async () => {
    const [layout, descriptor] = await stored(JSON.stringify({ schemaVersion: 2, config, layers: [], manifests: [] }));
    for (const schema of [schemas.manifest, schemas.index]) {
      expect(await rejection(fetchJson(layout, descriptor, schema))).toMatchObject({ code: 'INVALID_CONTENT' });
    }
  });

  test('types are those of the schema', () => {
    expectTypeOf(schemas.manifest).toEqualTypeOf<StandardSchema<Manifest>>();
    expectTypeOf(schemas.index).toEqualTypeOf<StandardSchema<Index>>();
    expectTypeOf(schemas.descriptor).toEqualTypeOf<StandardSchema<Descriptor>>();
    const read = (registry: Registry, repository: Repository, target: OciLayout) => ({
      untyped: registry.json('r', config),
      unset: fetchJson(target, config, undefined, { limit: 1 }),
      manifest: repository.json(config, schemas.manifest),
      settings: registry.json('r', config, settings),
      numbers: fetchJson(target, config, numbers),
      date: fetchJson(target, config, dated),
    });
    type Read = ReturnType<typeof read>;
    expectTypeOf<Read['untyped']>().toEqualTypeOf<Promise<unknown>>();
    expectTypeOf<Read['unset']>().toEqualTypeOf<Promise<unknown>>();
    expectTypeOf<Read['manifest']>().toEqualTypeOf<Promise<Manifest>>();
    expectTypeOf<Read['settings']>().toEqualTypeOf<Promise<{ name: string; ports: number[] }>>();
    expectTypeOf<Read['numbers']>().toEqualTypeOf<Promise<number[]>>();
    expectTypeOf<Read['date']>().toEqualTypeOf<Promise<Date>>();
    // @ts-expect-error: a type is no schema
    const wrong = (repository: Repository) => repository.json<number[]>(config);
    expect([typeof read, typeof wrong]).toEqual(['function', 'function']);
  });
});
