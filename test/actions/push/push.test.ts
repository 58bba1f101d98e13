import { describe, expect, test } from 'vitest';
import { buildManifest } from '../../../src/actions/push/pack.ts';
import { packFiles, push } from '../../../src/actions/push/push.ts';
import {
  ExistsError,
  InvalidManifestError,
  InvalidReferenceError,
  MismatchError,
  UnsafePathError,
} from '../../../src/errors.ts';
import { digestOf } from '../../../src/oci/digest.ts';
import type { TransferEvent } from '../../../src/options.ts';
import { MemoryStorage } from '../../../src/storage/memory.ts';
import { fetchManifest } from '../../../src/target/content.ts';
import { OciLayout } from '../../../src/target/layout/layout.ts';
import type { Target } from '../../../src/target/target.ts';
import { bytesOf, descriptorOf, itemsOf, rejection, textOf } from '../../support/content.ts';

const title = 'org.opencontainers.image.title';
const reason = new Error('enough');
const files = [
  { name: 'foo1', content: 'foo' },
  { name: 'foo2', content: 'foo' },
  { name: 'bar', content: 'bar' },
];
const config = descriptorOf('{}', 'application/vnd.unknown.config.v1+json');

function emptyLayout(): { storage: MemoryStorage; layout: OciLayout } {
  const storage = new MemoryStorage();
  return { storage, layout: new OciLayout(storage) };
}

describe('push', () => {
  test('makes what oras makes of the same files', async () => {
    const { layout } = emptyLayout();
    const { descriptor, bytes } = await push(layout, 'v1', files, { config });
    expect(descriptor).toMatchObject({
      digest: 'sha256:fd6ed2f36b5465244d5dc86cb4e7df0ab8a9d24adc57825099f522fe009a22bb',
      size: 851,
    });
    expect((await layout.resolve('v1')).digest).toBe(descriptor.digest);
    expect((await fetchManifest(layout, 'v1')).bytes).toEqual(bytes);
  });

  test('stores every file, and gives the layers in the order of the files', async () => {
    const { layout } = emptyLayout();
    const { manifest } = await push(layout, 'v1', files);
    expect(manifest.layers).toEqual((await packFiles(files)).layers.map(({ descriptor }) => descriptor));
    expect(manifest.layers.map(({ annotations }) => annotations?.[title])).toEqual(['foo1', 'foo2', 'bar']);
    const contents = manifest.layers.map(async (layer) => textOf(await layout.fetch(layer)));
    expect(await Promise.all(contents)).toEqual(['foo', 'foo', 'bar']);
  });

  test('stores under its digest alone without a tag', async () => {
    const { layout } = emptyLayout();
    const { descriptor } = await push(layout, undefined, files);
    expect((await layout.resolve(descriptor.digest)).digest).toBe(descriptor.digest);
    expect(await itemsOf(layout.tags())).toEqual([]);
  });

  test('takes no files for an artifact that only has annotations', async () => {
    const { layout } = emptyLayout();
    const { manifest, descriptor } = await push(layout, 'v1', [], { artifactType: 'a/b', annotations: { a: 'b' } });
    expect(descriptor.digest).toBe(buildManifest({ artifactType: 'a/b', annotations: { a: 'b' } }).descriptor.digest);
    for (const layer of manifest.layers) expect(await layout.exists(layer)).toBe(true);
  });

  test('gives the digest packFiles gave beforehand', async () => {
    const { storage, layout } = emptyLayout();
    const options = { artifactType: 'a/b', annotations: { z: '1', a: '2' }, created: '2000-01-01T00:00:00Z' };
    const packed = await packFiles(files, options);
    expect(await itemsOf(storage.list())).toEqual([]);
    expect((await push(layout, 'v1', files, options)).descriptor).toEqual(packed.descriptor);
  });
});

describe('push: progress', () => {
  test('every file is hashed; then each different content is transferred once, or was there', async () => {
    const { layout } = emptyLayout();
    await layout.push(descriptorOf('bar'), new Blob(['bar']));
    const events: TransferEvent[] = [];
    await push(layout, 'v1', files, { onProgress: (event) => events.push(event) });
    const names = new Map([
      [digestOf(bytesOf('foo')), 'foo'],
      [digestOf(bytesOf('bar')), 'bar'],
      [digestOf(bytesOf('{}')), '{}'],
    ]);
    const lines = events.map((event) =>
      event.type === 'hash'
        ? `hash ${event.name}`
        : `${event.type} ${names.get(event.descriptor.digest) ?? 'manifest'}`,
    );
    // Files that are read at the same time are told of in any order.
    const hashed = lines.filter((line) => line.startsWith('hash'));
    expect(hashed.sort()).toEqual(['hash bar', 'hash foo1', 'hash foo2']);
    for (const name of ['foo', '{}', 'manifest']) {
      const own = lines.filter((line) => line.endsWith(` ${name}`));
      const again = name === 'foo' ? ['skip foo'] : [];
      expect(own).toEqual([`start ${name}`, `transfer ${name}`, `done ${name}`, ...again]);
    }
    expect(lines.filter((line) => line.endsWith(' bar')).slice(1)).toEqual(['skip bar']);
    expect(lines.at(-1)).toBe('done manifest');
  });

  test.for([1, 2])('at most %i at a time', async (concurrency) => {
    let running = 0;
    let most = 0;
    let open = (): void => {};
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    const { layout } = emptyLayout();
    const slow: Target = {
      resolve: (reference) => layout.resolve(reference),
      fetch: (descriptor) => layout.fetch(descriptor),
      tag: (descriptor, tag) => layout.tag(descriptor, tag),
      exists: async () => false,
      push: async (descriptor, content) => {
        most = Math.max(most, ++running);
        if (running === concurrency) open();
        await opened;
        await layout.push(descriptor, content);
        running--;
      },
    };
    const many = Array.from({ length: 6 }, (_, i) => ({ name: `f${i}`, content: `content ${i}` }));
    await push(slow, 'v1', many, { concurrency });
    expect(most).toBe(concurrency);
  });
});

describe('push: refused', () => {
  test.for<[string, Parameters<typeof push>[2], Parameters<typeof push>[3], unknown]>([
    ['a name that leads outside', [...files, { name: '../x', content: 'x' }], {}, UnsafePathError],
    ['a file and its own folder', [...files, { name: 'bar/x', content: 'x' }], {}, ExistsError],
    ['two files of one name', [...files, { name: 'bar', content: 'x' }], {}, ExistsError],
    ['a type that is none', files, { artifactType: 'x' }, InvalidManifestError],
    ['a time that is none', files, { created: 'today' }, InvalidManifestError],
    ['a concurrency that is none', files, { concurrency: 0 }, RangeError],
  ])('stores nothing for %s', async ([, input, options, type]) => {
    const { storage, layout } = emptyLayout();
    expect(await rejection(push(layout, 'v1', input, options))).toBeInstanceOf(type);
    expect(await itemsOf(storage.list())).toEqual([]);
  });

  test('stores nothing for a tag that is none', async () => {
    const { storage, layout } = emptyLayout();
    expect(await rejection(push(layout, 'not a tag', files))).toBeInstanceOf(InvalidReferenceError);
    expect(await itemsOf(storage.list())).toEqual([]);
  });

  test('a file that fails stores no manifest', async () => {
    const { layout } = emptyLayout();
    const packed = await packFiles(files);
    const broken: Target = {
      resolve: (reference) => layout.resolve(reference),
      fetch: (descriptor) => layout.fetch(descriptor),
      exists: (descriptor) => layout.exists(descriptor),
      tag: (descriptor, tag) => layout.tag(descriptor, tag),
      push: (descriptor, content) =>
        descriptor.digest === digestOf(bytesOf('bar')) ? Promise.reject(reason) : layout.push(descriptor, content),
    };
    expect(await rejection(push(broken, 'v1', files))).toBe(reason);
    expect(await layout.exists(packed.descriptor)).toBe(false);
    expect(await itemsOf(layout.tags())).toEqual([]);
  });
});

describe('push: aborted', () => {
  test('before: nothing is stored', async () => {
    const { storage, layout } = emptyLayout();
    expect(await rejection(push(layout, 'v1', files, { signal: AbortSignal.abort(reason) }))).toBe(reason);
    expect(await itemsOf(storage.list())).toEqual([]);
  });

  test('meanwhile: the manifest is not stored', async () => {
    const { layout } = emptyLayout();
    const controller = new AbortController();
    const onProgress = ({ type }: TransferEvent): void => {
      if (type === 'start') controller.abort(reason);
    };
    const packed = await packFiles(files);
    const { signal } = controller;
    expect(await rejection(push(layout, 'v1', files, { signal, onProgress }))).toBe(reason);
    expect(await layout.exists(packed.descriptor)).toBe(false);
  });
});

describe('push: files that are alike or strange', () => {
  test('each of two files of the same content is reported: one is sent, the other is there', async () => {
    const events: string[] = [];
    const onProgress = (event: TransferEvent): void => {
      const name = event.type === 'hash' ? undefined : event.descriptor.annotations?.[title];
      if (name && event.type !== 'transfer') events.push(`${event.type} ${name}`);
    };
    await push(emptyLayout().layout, 'v1', files.slice(0, 2), { onProgress });
    expect(events).toEqual(['start foo1', 'done foo1', 'skip foo2']);
  });

  test.each([
    ['a number', { name: 'a', content: 1 }],
    ['nothing', { name: 'a', content: undefined }],
    ['a bare Blob', new Blob(['a'])],
  ])('%s is no file: a TypeError, and nothing is stored', async (_, file) => {
    const { storage, layout } = emptyLayout();
    expect(await rejection(push(layout, 'v1', [file as never]))).toBeInstanceOf(TypeError);
    expect(await itemsOf(storage.list())).toEqual([]);
  });

  test('a stream is a file, too', async () => {
    const { layout } = emptyLayout();
    const stream = new Blob(['streamed']).stream();
    const { manifest } = await push(layout, 'v1', [{ name: 'a', content: stream }]);
    expect(manifest.layers[0]).toMatchObject({ digest: digestOf(bytesOf('streamed')), size: 8 });
    expect(await textOf(await layout.fetch(manifest.layers[0]!))).toBe('streamed');
  });

  test('an artifact with another digest than it must have is not stored', async () => {
    const { storage, layout } = emptyLayout();
    const digest = digestOf(bytesOf('another'));
    expect(await rejection(push(layout, 'v1', files, { digest }))).toMatchObject({
      code: 'MISMATCH',
      expected: digest,
    });
    expect(await itemsOf(storage.list())).toEqual([]);
    const packed = await packFiles(files);
    expect((await push(layout, 'v1', files, { digest: packed.descriptor.digest })).descriptor).toEqual(
      packed.descriptor,
    );
  });

  test('an abort ends the wait for a file that never comes', async () => {
    const abort = new AbortController();
    async function* endless(): AsyncGenerator<{ name: string; content: string }> {
      yield { name: 'a', content: 'a' };
      abort.abort(reason);
      await new Promise(() => {});
    }
    expect(await rejection(push(emptyLayout().layout, 'v1', endless(), abort))).toBe(reason);
  });
});

describe('push: tags', () => {
  test('all of them, each once, with its own', async () => {
    const { layout } = emptyLayout();
    const tagged: string[] = [];
    const tag = layout.tag.bind(layout);
    layout.tag = (descriptor, name, options) => {
      tagged.push(name);
      return tag(descriptor, name, options);
    };
    const { descriptor } = await push(layout, 'v1', files, { tags: ['latest', 'v1', undefined, 'latest', 'v1.0'] });
    expect(tagged).toEqual(['v1', 'latest', 'v1.0']);
    for (const name of tagged) expect((await layout.resolve(name)).digest).toBe(descriptor.digest);
    await push(layout, undefined, files, { tags: ['other'] });
    expect(await itemsOf(layout.tags())).toEqual(['latest', 'other', 'v1', 'v1.0']);
  });

  test.for(['not a tag', ''])('%j: nothing is stored', async (tag) => {
    const { storage, layout } = emptyLayout();
    expect(await rejection(push(layout, 'v1', files, { tags: ['fine', tag] }))).toBeInstanceOf(InvalidReferenceError);
    expect(await itemsOf(storage.list())).toEqual([]);
  });
});

describe('push: an error has the name of its file', () => {
  test.for([{}, { digest: descriptorOf('').digest }])('with %j', async (options) => {
    const { layout } = emptyLayout();
    layout.exists = () => Promise.reject(new MismatchError('broken', 1, 2));
    const hash = (): Promise<never> => Promise.reject(new Error('the own error of the caller'));
    if (!('digest' in options)) {
      expect(await rejection(push(layout, 'v1', { name: 'a', content: 'a' }))).toMatchObject({ file: 'a' });
    }
    expect(await rejection(push(layout, 'v1', { name: 'a', content: 'a' }, { ...options, hash }))).not.toHaveProperty(
      'file',
    );
  });
});
