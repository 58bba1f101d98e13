import { describe, expect, test } from 'vitest';
import {
  isIndexType,
  isManifestType,
  isMediaType,
  manifestMediaTypes,
  mediaTypes,
  withoutParameters,
} from '../../src/oci/media-types.ts';

describe('media types: grammar', () => {
  test.for([
    'text/plain',
    'application/json+ld',
    'application/x.foo',
    'application/vnd.foo^bar',
    '0/1',
    'a/b!#$&-^_.+',
  ])('isMediaType: takes %s', (text) => {
    expect(isMediaType(text)).toBe(true);
  });

  test.for([
    '',
    'application/',
    '/x',
    'text',
    'a/b/c',
    '-a/b',
    'a/-b',
    'a%/b',
    'a/b%c',
    'a/b c',
    'text/plain; charset=utf-8',
    'text/plain\n',
  ])('isMediaType: refuses %j', (text) => {
    expect(isMediaType(text)).toBe(false);
  });

  test('isMediaType: a part may have 127 characters', () => {
    expect(isMediaType(`${'a'.repeat(127)}/${'b'.repeat(127)}`)).toBe(true);
    expect(isMediaType(`a/${'b'.repeat(128)}`)).toBe(false);
    expect(isMediaType(`${'a'.repeat(1e6)}/b`)).toBe(false);
  });

  test.for(Object.values(mediaTypes))('isMediaType: takes the known %s', (type) => {
    expect(isMediaType(type)).toBe(true);
  });
});

describe('media types: kinds', () => {
  test('manifests and indexes, of OCI and of Docker, are told apart', () => {
    expect(manifestMediaTypes.filter(isManifestType)).toEqual([mediaTypes.manifest, mediaTypes.dockerManifest]);
    expect(manifestMediaTypes.filter(isIndexType)).toEqual([mediaTypes.index, mediaTypes.dockerIndex]);
  });

  test.for([mediaTypes.config, mediaTypes.octetStream, 'application/json', '', 'constructor'])(
    'neither manifest nor index: %j',
    (type) => {
      expect([isManifestType(type), isIndexType(type)]).toEqual([false, false]);
    },
  );
});

test.for([
  ['application/vnd.oci.image.index.v1+json', 'application/vnd.oci.image.index.v1+json'],
  ['application/json; charset=utf-8', 'application/json'],
  [' Application/JSON ;charset=utf-8;x=";"', 'application/json'],
  ['', ''],
])('withoutParameters: %j', ([header, type]) => {
  expect(withoutParameters(header!)).toBe(type);
});
