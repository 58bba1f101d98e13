import { describe, expect, test } from 'vitest';
import { InvalidManifestError, TooLargeError } from '../../src/errors.ts';
import { mediaTypes } from '../../src/oci/media-types.ts';
import { MemoryStorage } from '../../src/storage/memory.ts';
import { LayoutIndex, tagOf, withTag } from '../../src/target/layout/layout-index.ts';
import type { Descriptor } from '../../src/types.ts';
import { descriptorOf, rejection } from '../support/content.ts';

const version = '{"imageLayoutVersion":"1.0.0"}';
const entry = descriptorOf('x', mediaTypes.manifest);
/** No descriptors, the first with a path for a digest. */
const bad = [{ ...entry, digest: 'sha256:../../x' }, { ...entry, size: '3', annotations: null }, null, 'x', [1]];
/** A descriptor with fields of other types. */
const odd = { ...entry, urls: null, platform: 'linux', annotations: { a: 1, b: 'c' } };
const index = { schemaVersion: 2, mediaType: mediaTypes.index, manifests: [entry] };

async function storageOf(files: Record<string, string>): Promise<MemoryStorage> {
  const storage = new MemoryStorage();
  for (const [path, text] of Object.entries(files)) await storage.put(path, new Blob([text]));
  return storage;
}

describe('LayoutIndex: reading', () => {
  test('gives the entries, also of an index that does not say its type', async () => {
    const { mediaType: _, ...untyped } = index;
    for (const value of [index, untyped]) {
      const storage = await storageOf({ 'oci-layout': version, 'index.json': JSON.stringify(value) });
      expect(await new LayoutIndex(storage).entries()).toEqual([entry]);
    }
  });

  test('gives none where there is no layout', async () => {
    expect(await new LayoutIndex(new MemoryStorage()).entries()).toEqual([]);
    expect(await new LayoutIndex(await storageOf({ 'oci-layout': version })).entries()).toEqual([]);
  });

  test.for([
    ['another version', { 'oci-layout': '{"imageLayoutVersion":"2.0.0"}' }],
    ['no version', { 'oci-layout': '{}' }],
    ['a version that is no object', { 'oci-layout': 'null' }],
    ['a version file that is not JSON', { 'oci-layout': '1.0.0' }],
    ['an empty version file', { 'oci-layout': '' }],
    ['an index that is not JSON', { 'index.json': '{"schemaVersion":2' }],
    ['an index that is a manifest', { 'index.json': JSON.stringify({ schemaVersion: 2, config: entry, layers: [] }) }],
    ['an index that is both', { 'index.json': JSON.stringify({ ...index, layers: [] }) }],
    ['manifests that are no list', { 'index.json': JSON.stringify({ ...index, manifests: {} }) }],
  ] as const)('refuses %s', async ([, files]) => {
    const storage = await storageOf({ 'oci-layout': version, 'index.json': JSON.stringify(index), ...files });
    expect(await rejection(new LayoutIndex(storage).entries())).toBeInstanceOf(InvalidManifestError);
  });

  test.for([{}, { manifests: null }, { manifests: [], annotations: null }])('gives none of %j', async (fields) => {
    const text = JSON.stringify({ schemaVersion: 2, ...fields });
    const storage = await storageOf({ 'oci-layout': version, 'index.json': text });
    expect(await new LayoutIndex(storage).entries()).toEqual([]);
  });

  test('passes over what is no descriptor, and gives all others', async () => {
    const text = JSON.stringify({ ...index, mediaType: 'text', manifests: [...bad, entry, odd] });
    const storage = await storageOf({ 'oci-layout': version, 'index.json': text });
    expect(await new LayoutIndex(storage).entries()).toEqual([entry, { ...entry, annotations: { b: 'c' } }]);
  });

  test('refuses an index without the file that says it is a layout', async () => {
    const storage = await storageOf({ 'index.json': JSON.stringify(index) });
    expect(await rejection(new LayoutIndex(storage).entries())).toBeInstanceOf(InvalidManifestError);
  });

  test('refuses an endless version file', async () => {
    const storage = await storageOf({ 'oci-layout': version + ' '.repeat(5000), 'index.json': JSON.stringify(index) });
    expect(await rejection(new LayoutIndex(storage).entries())).toBeInstanceOf(TooLargeError);
  });
});

describe('LayoutIndex: changing', () => {
  test('makes the layout with the first change', async () => {
    const storage = new MemoryStorage();
    await new LayoutIndex(storage).change(() => [entry]);
    expect(await (await storage.get('oci-layout'))!.text()).toBe(version);
    expect(await (await storage.get('index.json'))!.text()).toBe(JSON.stringify(index));
  });

  test('writes nothing when there is no change', async () => {
    const storage = new MemoryStorage();
    await new LayoutIndex(storage).change(() => undefined);
    expect(await storage.get('index.json')).toBeUndefined();
  });

  test('keeps what else the index says', async () => {
    const annotated = { ...index, annotations: { a: 'b' }, 'x-new': [1] };
    const storage = await storageOf({ 'oci-layout': version, 'index.json': JSON.stringify(annotated) });
    const other = descriptorOf('y', mediaTypes.manifest);
    await new LayoutIndex(storage).change((entries) => [...entries, other]);
    expect(JSON.parse(await (await storage.get('index.json'))!.text())).toEqual({
      ...annotated,
      manifests: [entry, other],
    });
  });

  test('keeps what it cannot read, as it is', async () => {
    const text = JSON.stringify({ schemaVersion: 2, manifests: [...bad, odd], annotations: ['x'] });
    const storage = await storageOf({ 'oci-layout': version, 'index.json': text });
    await new LayoutIndex(storage).change((entries) => [...entries, entry]);
    expect(JSON.parse(await (await storage.get('index.json'))!.text())).toEqual({
      schemaVersion: 2,
      manifests: [odd, entry, ...bad],
      annotations: ['x'],
    });
  });

  test('does changes one after the other, each on what the one before made', async () => {
    const layoutIndex = new LayoutIndex(new MemoryStorage());
    const all = Array.from({ length: 10 }, (_, i) => descriptorOf(String(i), mediaTypes.manifest));
    await Promise.all(all.map((one) => layoutIndex.change((entries) => [...entries, one])));
    expect(await layoutIndex.entries()).toEqual(all);
  });

  test('sees what another program wrote since its own change, also in as many bytes', async () => {
    const storage = new MemoryStorage();
    const layoutIndex = new LayoutIndex(storage);
    const [other, third] = ['y', 'z'].map((text) => descriptorOf(text, mediaTypes.manifest)) as [
      Descriptor,
      Descriptor,
    ];
    await layoutIndex.change(() => [{ ...entry, annotations: { a: 'b' } }]);
    expect(await layoutIndex.entries()).toBe(await layoutIndex.entries());
    const text = await (await storage.get('index.json'))!.text();
    await storage.put('index.json', new Blob([text.replace(entry.digest, other.digest)]));
    await layoutIndex.change((entries) => [...entries, third]);
    expect(await layoutIndex.entries()).toEqual([{ ...other, annotations: { a: 'b' } }, third]);
    expect(await new LayoutIndex(storage).entries()).toEqual(await layoutIndex.entries());
  });

  test('does not touch a layout of another version', async () => {
    const storage = await storageOf({
      'oci-layout': '{"imageLayoutVersion":"2.0.0"}',
      'index.json': JSON.stringify(index),
    });
    expect(await rejection(new LayoutIndex(storage).change(() => []))).toBeInstanceOf(InvalidManifestError);
    expect(await (await storage.get('index.json'))!.text()).toBe(JSON.stringify(index));
  });
});

describe('layout index: tags of entries', () => {
  const refName = 'org.opencontainers.image.ref.name';

  test('tagOf: is the reference name', () => {
    expect(tagOf({ ...entry, annotations: { [refName]: '' } })).toBeUndefined();
    expect(tagOf({ ...entry, annotations: { [refName]: 'v1' } })).toBe('v1');
    expect(tagOf({ ...entry, annotations: { other: 'x' } })).toBeUndefined();
    expect(tagOf(entry)).toBeUndefined();
  });

  test('withTag: sets, changes and takes away the tag, and keeps all other annotations', () => {
    const tagged = withTag({ ...entry, annotations: { other: 'x' } }, 'v1');
    expect(tagged.annotations).toEqual({ other: 'x', [refName]: 'v1' });
    expect(withTag(tagged, 'v2').annotations).toEqual({ other: 'x', [refName]: 'v2' });
    expect(withTag(tagged, undefined).annotations).toEqual({ other: 'x' });
    expect(tagged.annotations?.[refName]).toBe('v1');
  });
});
