import { describe, expect, test } from 'vitest';
import { contentIn, referrerIn, referrersTag } from '../../src/oci/referrers.ts';
import { bytesOf, descriptorOf } from '../support/content.ts';

const a = (length: number): string => 'a'.repeat(length);
const json = (value: unknown): Uint8Array => bytesOf(JSON.stringify(value));
const subject = descriptorOf('subject', 'application/vnd.oci.image.manifest.v1+json');
const own = { ...descriptorOf('own', 'application/vnd.oci.image.manifest.v1+json'), artifactType: 'said/before' };
const { artifactType: _, ...bare } = own;

describe('referrersTag', () => {
  test.for([
    [`sha256:${a(64)}`, `sha256-${a(64)}`],
    [`sha512:${a(128)}`, `sha512-${a(64)}`],
    ['test+algorithm+using:also=Some_Case', 'test-algorithm-using-also-Some_Case'],
    [`${a(40)}:${a(70)}=`, `${a(32)}-${a(64)}`],
  ])('%s is %s', ([digest, tag]) => {
    expect(referrersTag(digest!)).toBe(tag);
    expect(tag).toMatch(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/);
  });
});

describe('referrerIn', () => {
  test('an artifact is listed by its type, with all its annotations in their order', () => {
    const annotations = { b: '2', a: '1' };
    const found = referrerIn(own, json({ artifactType: 'test/x', config: { mediaType: 'c/d' }, subject, annotations }));
    expect(found).toEqual({ subject: subject.digest, entry: { ...bare, artifactType: 'test/x', annotations } });
    expect(Object.keys(found?.entry.annotations ?? {})).toEqual(['a', 'b']);
  });

  test.for([undefined, null, '', 7])(
    'with an artifactType of %j it is listed by the type of its config',
    (artifactType) => {
      const found = referrerIn(own, json({ artifactType, config: { mediaType: 'c/d' }, subject, annotations: null }));
      expect(found?.entry).toEqual({ ...bare, artifactType: 'c/d' });
    },
  );

  test('an index without a type is listed without one', () => {
    expect(referrerIn(own, json({ manifests: [], subject }))?.entry).toEqual(bare);
  });

  test('annotations that are no text are left out', () => {
    expect(referrerIn(own, json({ subject, annotations: { a: 1, b: 'x' } }))?.entry.annotations).toEqual({ b: 'x' });
  });

  test.for([{}, { subject: null }, { subject: {} }, { subject: { digest: 'none' } }, { subject: 'text' }, [], null, 7])(
    '%j has no subject',
    (value) => {
      expect(referrerIn(own, json(value))).toBeUndefined();
    },
  );

  test('what is no JSON has no subject', () => {
    expect(referrerIn(own, bytesOf('{'))).toBeUndefined();
  });
});

test('contentIn: config, layers, manifests and blobs, but not the subject', () => {
  const [config, layer, child, blob] = ['config', 'layer', 'child', 'blob'].map((text) => descriptorOf(text));
  const value = { config, layers: [layer, null, {}], manifests: [child], blobs: [blob], subject };
  expect(contentIn(json(value))).toEqual([config, layer, child, blob]);
  expect(contentIn(json({ config: null, layers: 'x' }))).toEqual([]);
});
