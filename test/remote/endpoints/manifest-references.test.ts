import { describe, expect, test } from 'vitest';
import { buildManifest } from '../../../src/actions/push/pack.ts';
import { blobOf } from '../../../src/bytes/streams.ts';
import { InvalidReferenceError, UnsupportedError } from '../../../src/errors.ts';
import { rejection } from '../../support/content.ts';
import { fakeRepository, status } from '../../support/fake-fetch.ts';

const { bytes, descriptor } = buildManifest({ artifactType: 'test/x' });
const { digest } = descriptor;

describe('manifests: references that are none', () => {
  const refused = [
    '',
    '.x',
    '-x',
    'a/b',
    '..',
    'a?b',
    'v1\n',
    'a'.repeat(129),
    `foobar@${digest}`,
    'reg.test/org/hello',
    'INVALID_TAG!',
  ];
  const refusedDigests = [
    'sha256:abc',
    `${digest}0`,
    `sha256:${'A'.repeat(64)}`,
    'sha256:../../x',
    'localhost:5000/hello:',
  ];

  test.for([...refused, ...refusedDigests])('nothing is sent for %j', async (reference) => {
    const { repository, requests } = fakeRepository(() => status(200));
    for (const call of [repository.resolve(reference), repository.fetchReference(reference)]) {
      expect(await rejection(call)).toBeInstanceOf(InvalidReferenceError);
    }
    expect(requests).toEqual([]);
  });

  test.for(refused)('nothing is sent to make %j a tag', async (tag) => {
    const { repository, requests } = fakeRepository(() => status(200));
    expect(await rejection(repository.tag(descriptor, tag))).toBeInstanceOf(InvalidReferenceError);
    expect(await rejection(repository.pushReference(descriptor, blobOf(bytes), tag))).toBeInstanceOf(
      InvalidReferenceError,
    );
    expect(requests).toEqual([]);
  });

  test.for(['md5:d41d8cd98f00b204e9800998ecf8427e', 'myregistry.example.com:hello-world'])(
    'nothing is sent for %s, which could not be verified',
    async (reference) => {
      const { repository, requests } = fakeRepository(() => status(200));
      expect(await rejection(repository.resolve(reference))).toBeInstanceOf(UnsupportedError);
      expect(await rejection(repository.fetchReference(reference))).toBeInstanceOf(UnsupportedError);
      expect(requests).toEqual([]);
    },
  );
});
