import { describe, expect, test } from 'vitest';
import { contentOf, referencesIn, referrerOf, referrersTag } from '../../src/oci/referrers.ts';
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

const found = (value: unknown): ReturnType<typeof referrerOf> => referrerOf(own, referencesIn(json(value)));

describe('referrerOf', () => {
  test('an artifact is listed by its type, with all its annotations', () => {
    const annotations = { b: '2', a: '1' };
    const config = descriptorOf('{}', 'c/d');
    expect(found({ artifactType: 'test/x', config, subject, annotations })).toEqual({
      digest: subject.digest,
      referrer: { ...bare, artifactType: 'test/x', annotations },
    });
  });

  test.for([undefined, null, '', 7])(
    'with an artifactType of %j it is listed by the type of its config',
    (artifactType) => {
      const value = { artifactType, config: descriptorOf('{}', 'c/d'), subject, annotations: null };
      expect(found(value)?.referrer).toEqual({ ...bare, artifactType: 'c/d' });
    },
  );

  test('an index without a type is listed without one', () => {
    expect(found({ manifests: [], subject })?.referrer).toEqual(bare);
  });

  test('annotations that are no text are left out', () => {
    expect(found({ subject, annotations: { a: 1, b: 'x' } })?.referrer.annotations).toEqual({ b: 'x' });
  });

  test.for([{}, { subject: null }, { subject: {} }, { subject: { digest: 'none' } }, { subject: 'text' }, [], null, 7])(
    '%j has no subject',
    (value) => {
      expect(found(value)).toBeUndefined();
    },
  );

  test.for<[string, object]>([
    ['no size', { subject: { digest: subject.digest } }],
    ['a layer without a size', { schemaVersion: 2, subject, layers: [{ digest: own.digest }] }],
    ['another version', { schemaVersion: 3, subject, blobs: [] }],
    ['a text for a config', { subject, config: 'text' }],
  ])('a manifest with %s has its subject', ([, value]) => {
    expect(found(value)?.digest).toBe(subject.digest);
  });

  test('what is no JSON refers to nothing', () => {
    expect(referencesIn(bytesOf('{'))).toEqual({});
  });
});

test('contentOf: config, layers, manifests and blobs, but not the subject', () => {
  const [config, layer, child, blob] = ['config', 'layer', 'child', 'blob'].map((text) => descriptorOf(text));
  const value = { schemaVersion: 2, config, layers: [layer, null, {}], manifests: [child], blobs: [blob], subject };
  expect(contentOf(referencesIn(json(value)))).toEqual([config, layer, child, blob]);
  expect(contentOf(referencesIn(json({ config: null })))).toEqual([]);
});
