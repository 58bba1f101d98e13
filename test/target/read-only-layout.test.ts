import {
  fetchBytes,
  inspect,
  MemoryStorage,
  OciLayout,
  pull,
  push,
  ReadOnlyOciLayout,
  type ReadOnlyTarget,
  type StorageReader,
} from 'oras-js';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { descriptorOf, itemsOf, rejection } from '../support/content.ts';

/** A layout with one artifact under two tags, and the same files to be read only. */
async function made(): Promise<{ layout: OciLayout; readOnly: ReadOnlyOciLayout; storage: MemoryStorage }> {
  const storage = new MemoryStorage();
  const layout = new OciLayout(storage);
  const { descriptor } = await push(layout, 'v2', [{ name: 'hello.txt', content: 'hello' }]);
  await layout.tag(descriptor, 'v1');
  const reader: StorageReader = {
    get: (path, options) => storage.get(path, options),
    list: () => {
      throw new Error('a layout is read by the names of its files');
    },
  };
  return { layout, readOnly: new ReadOnlyOciLayout(reader), storage };
}

describe('ReadOnlyOciLayout', () => {
  test('finds what an OciLayout finds, by tag, digest and descriptor, with nothing but get', async () => {
    const { layout, readOnly } = await made();
    const { manifest, descriptor } = await inspect(layout, 'v1').then((found) =>
      found.kind === 'manifest' ? found : expect.unreachable(),
    );
    for (const reference of ['v1', 'v2', descriptor.digest, manifest.layers[0]!.digest]) {
      expect(await readOnly.resolve(reference)).toEqual(await layout.resolve(reference));
    }
    expect(await readOnly.exists(descriptor)).toBe(true);
    expect(await itemsOf(readOnly.tags())).toEqual(['v1', 'v2']);
    expect(new TextDecoder().decode(await fetchBytes(readOnly, manifest.layers[0]!))).toBe('hello');
  });

  test('can be pulled from', async () => {
    const { readOnly } = await made();
    const to = new MemoryStorage();
    await pull(readOnly, 'v1', { to });
    expect(await (await to.get('hello.txt'))?.text()).toBe('hello');
  });

  test('what is not there is NOT_FOUND, and what was changed is a MISMATCH', async () => {
    const { layout, readOnly, storage } = await made();
    expect(await rejection(readOnly.resolve('v3'))).toMatchObject({ code: 'NOT_FOUND', reference: 'v3' });
    const other = descriptorOf('other');
    expect(await readOnly.exists(other)).toBe(false);
    expect(await rejection(readOnly.fetch(other))).toMatchObject({ code: 'NOT_FOUND' });
    await layout.push(other, new Blob(['other']));
    await storage.put(other.digest.replace('sha256:', 'blobs/sha256/'), new Blob(['OTHER']));
    expect(await rejection(fetchBytes(readOnly, other))).toMatchObject({ code: 'MISMATCH' });
  });

  test('finds what is stored meanwhile, and nothing in a place without a layout', async () => {
    const { layout, readOnly } = await made();
    await layout.tag(await layout.resolve('v1'), 'v3');
    expect(await itemsOf(readOnly.tags())).toEqual(['v1', 'v2', 'v3']);
    const empty = new ReadOnlyOciLayout(new MemoryStorage());
    expect(await itemsOf(empty.tags())).toEqual([]);
    expect(await rejection(empty.resolve('v1'))).toMatchObject({ code: 'NOT_FOUND' });
  });

  test('a layout of another version is refused', async () => {
    const { readOnly, storage } = await made();
    await storage.put('oci-layout', new Blob(['{"imageLayoutVersion":"2.0.0"}']));
    expect(await rejection(readOnly.resolve('v1'))).toMatchObject({ code: 'INVALID_MANIFEST' });
  });

  test('has nothing to write with; an OciLayout is one that has', () => {
    expectTypeOf<ReadOnlyOciLayout>().toExtend<ReadOnlyTarget>();
    expectTypeOf<OciLayout>().toExtend<ReadOnlyOciLayout>();
    expectTypeOf<Extract<keyof ReadOnlyOciLayout, 'push' | 'tag' | 'untag' | 'delete'>>().toBeNever();
    expect(new OciLayout(new MemoryStorage())).toBeInstanceOf(ReadOnlyOciLayout);
    expect(Reflect.has(ReadOnlyOciLayout.prototype, 'push')).toBe(false);
  });
});
