import { describe, expect, test } from 'vitest';
import { packManifest } from '../../src/actions/push/pack.ts';
import { emptyDescriptor } from '../../src/oci/descriptor.ts';
import { MemoryStorage } from '../../src/storage/memory.ts';
import { fetchBytes, fetchManifest } from '../../src/target/content.ts';
import { fetchJson } from '../../src/target/fetch-json.ts';
import { OciLayout } from '../../src/target/layout.ts';
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

  test('OciLayout: fetch gives it as a stream, though the layout does not have it', async () => {
    expect(await textOf(await new OciLayout(new MemoryStorage()).fetch(inlined))).toBe('é\0hello');
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
    for (const call of [fetchBytes(untouched, wrong), new OciLayout(new MemoryStorage()).fetch(wrong)]) {
      expect(await rejection(call)).toMatchObject({ code: 'MISMATCH' });
    }
  });
});
