import { describe, expect, test } from 'vitest';
import { packManifest } from '../../src/actions/push/pack.ts';
import { emptyDescriptor } from '../../src/oci/descriptor.ts';
import { Registry } from '../../src/registry.ts';
import { MemoryStorage } from '../../src/storage/memory.ts';
import { fetchBytes, fetchManifest } from '../../src/target/content.ts';
import { fetchJson } from '../../src/target/fetch-json.ts';
import { OciLayout } from '../../src/target/layout/layout.ts';
import type { ReadOnlyTarget } from '../../src/target/target.ts';
import { bytesOf, descriptorOf, rejection, textOf } from '../support/content.ts';

/** A target that must not be asked for anything. */
const untouched: ReadOnlyTarget = {
  resolve: () => expect.unreachable(),
  fetch: () => expect.unreachable(),
  exists: () => expect.unreachable(),
};
const inlined = { ...descriptorOf('é\0hello'), data: btoa('\xc3\xa9\0hello') };

describe('inline data', () => {
  test('fetchBytes, fetchJson: content in the descriptor needs no request', async () => {
    expect(await fetchBytes(untouched, inlined)).toEqual(bytesOf('é\0hello'));
    expect(await fetchBytes(untouched, { ...descriptorOf(''), data: '' })).toEqual(bytesOf(''));
    expect(await fetchJson(untouched, emptyDescriptor)).toEqual({});
  });

  test('fetchManifest: a manifest in the descriptor needs no request', async () => {
    const { descriptor, bytes, manifest } = await packManifest(new OciLayout(new MemoryStorage()));
    const data = btoa(new TextDecoder().decode(bytes));
    expect(await fetchManifest(untouched, { ...descriptor, data })).toMatchObject({
      kind: 'manifest',
      manifest,
      bytes,
    });
  });

  test('OciLayout, Repository: fetch gives it as a stream, without looking for it', async () => {
    const repository = new Registry({ fetch: () => expect.unreachable() }).repository('registry.test/a');
    for (const target of [new OciLayout(new MemoryStorage()), repository]) {
      expect(await textOf(await target.fetch(inlined))).toBe('é\0hello');
      const reason = new Error('enough');
      expect(await rejection(target.fetch(inlined, { signal: AbortSignal.abort(reason) }))).toBe(reason);
      expect(await rejection(target.fetch({ ...inlined, data: '' }))).toMatchObject({ code: 'MISMATCH' });
    }
  });

  test.for([
    ['another text of the same size', btoa('\xc3\xa9\0hellO')],
    ['a shorter text', btoa('x')],
    ['a longer text', btoa('x'.repeat(1000))],
    ['nothing', ''],
    ['no base64', '!!!!!!!!!!!!'],
    ['base64 for URLs', inlined.data.replace('w', '-')],
  ])('fetch: %s is a mismatch', async ([, data]) => {
    const wrong = { ...inlined, data: data as string };
    const layout = new OciLayout(new MemoryStorage());
    for (const call of [() => fetchBytes(untouched, wrong), () => layout.fetch(wrong)]) {
      expect(await rejection(call())).toMatchObject({ code: 'MISMATCH' });
    }
  });
});
