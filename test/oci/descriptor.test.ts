import { expect, test } from 'vitest';
import { describe as describeContent, emptyDescriptor, emptyJson } from '../../src/oci/descriptor.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { bytesOf } from '../support/content.ts';

test('descriptor: gives type, digest and size of bytes', () => {
  expect(describeContent('text/plain', bytesOf('foo'))).toEqual({
    mediaType: 'text/plain',
    digest: 'sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae',
    size: 3,
  });
});

test('descriptor: takes another algorithm', () => {
  expect(describeContent('text/plain', bytesOf('foo'), 'sha512').digest).toMatch(
    /^sha512:f7fbba6e0636f890e56fbbf3283e/,
  );
});

test('descriptor: the empty one describes the empty JSON object', () => {
  expect(new TextDecoder().decode(emptyJson)).toBe('{}');
  expect(emptyDescriptor).toEqual({
    mediaType: 'application/vnd.oci.empty.v1+json',
    digest: digestOf(emptyJson),
    size: emptyJson.byteLength,
    data: btoa('{}'),
  });
});
