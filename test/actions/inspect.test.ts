import { describe, expect, test } from 'vitest';
import { inspect, inspectManifest } from '../../src/actions/inspect.ts';
import { buildManifest } from '../../src/actions/pack.ts';
import { push } from '../../src/actions/push.ts';
import { blobOf } from '../../src/bytes/streams.ts';
import { InvalidManifestError, InvalidReferenceError, NotFoundError, UnsupportedError } from '../../src/errors.ts';
import { describe as describeBytes } from '../../src/oci/descriptor.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { mediaTypes } from '../../src/oci/media-types.ts';
import { serializeIndex } from '../../src/oci/serialize.ts';
import { MemoryStorage } from '../../src/storage/memory.ts';
import { OciLayout } from '../../src/target/layout.ts';
import type { Descriptor, Index, Platform } from '../../src/types.ts';
import { descriptorOf, rejection } from '../support/content.ts';

const arm64 = buildManifest({ annotations: { for: 'arm64' } });
const armV7 = buildManifest({ annotations: { for: 'arm/v7' } });
const entryOf = ({ mediaType, digest, size }: Descriptor, platform: Platform): Descriptor => ({
  mediaType,
  digest,
  size,
  platform,
});
const index = {
  schemaVersion: 2 as const,
  mediaType: mediaTypes.index,
  manifests: [
    entryOf(arm64.descriptor, { os: 'linux', architecture: 'arm64' }),
    entryOf(armV7.descriptor, { os: 'linux', architecture: 'arm', variant: 'v7' }),
  ],
};
const indexBytes = serializeIndex(index);
const indexDescriptor = describeBytes(mediaTypes.index, indexBytes);

async function layout(): Promise<OciLayout> {
  const target = new OciLayout(new MemoryStorage());
  for (const { descriptor, bytes } of [arm64, armV7]) await target.push(descriptor, blobOf(bytes));
  await target.push(indexDescriptor, blobOf(indexBytes));
  await target.tag(indexDescriptor, 'all');
  await target.tag(arm64.descriptor, 'one');
  return target;
}

describe('inspect', () => {
  test('gives a manifest, with its descriptor and exact bytes', async () => {
    const target = await layout();
    for (const reference of ['one', arm64.descriptor.digest, arm64.descriptor]) {
      const found = await inspect(target, reference);
      expect(found).toMatchObject({ kind: 'manifest', manifest: arm64.manifest, bytes: arm64.bytes });
      expect(found.descriptor.digest).toBe(arm64.descriptor.digest);
    }
  });

  test('gives an index as it is', async () => {
    expect(await inspect(await layout(), 'all')).toEqual({
      kind: 'index',
      index,
      descriptor: indexDescriptor,
      bytes: indexBytes,
    });
  });

  test.for<[string | Platform, typeof arm64]>([
    ['linux/arm64', arm64],
    ['linux/arm/v7', armV7],
    ['linux/arm', armV7],
    [{ os: 'linux', architecture: 'arm', variant: 'v7' }, armV7],
  ])('follows an index by platform: %j', async ([platform, { manifest }]) => {
    const found = await inspect(await layout(), 'all', { platform });
    expect(found).toMatchObject({ kind: 'manifest', manifest });
  });

  test('passes over the platform where there is only one manifest', async () => {
    expect(await inspect(await layout(), 'one', { platform: 'windows/amd64' })).toMatchObject({ kind: 'manifest' });
  });

  test('there is nothing for another platform', async () => {
    const error = await rejection(inspect(await layout(), 'all', { platform: 'windows/amd64' }));
    expect(error).toBeInstanceOf(NotFoundError);
    expect(error).toMatchObject({ reference: 'windows/amd64' });
  });

  test('a platform that is none is refused', async () => {
    expect(await rejection(inspect(await layout(), 'all', { platform: 'linux' }))).toBeInstanceOf(
      InvalidReferenceError,
    );
  });

  test('there is nothing under another name', async () => {
    expect(await rejection(inspect(await layout(), 'none'))).toBeInstanceOf(NotFoundError);
  });

  test('content that is no manifest is refused', async () => {
    const target = await layout();
    const text = descriptorOf('hello', mediaTypes.manifest);
    await target.push(text, new Blob(['hello']));
    expect(await rejection(inspect(target, text))).toBeInstanceOf(InvalidManifestError);
  });

  test('an aborted signal rejects with its reason', async () => {
    const reason = new Error('enough');
    const target = await layout();
    expect(await rejection(inspect(target, 'one', { signal: AbortSignal.abort(reason) }))).toBe(reason);
  });
});

describe('inspectManifest', () => {
  test('gives the one manifest', async () => {
    expect((await inspectManifest(await layout(), 'one')).manifest).toEqual(arm64.manifest);
    expect((await inspectManifest(await layout(), 'all', { platform: 'linux/arm64' })).manifest).toEqual(
      arm64.manifest,
    );
  });

  test('an index needs a platform, and says which there are', async () => {
    const error = await rejection(inspectManifest(await layout(), 'all'));
    expect(error).toBeInstanceOf(UnsupportedError);
    expect((error as Error).message).toContain('(linux/arm64, linux/arm/v7)');
  });
});

test('inspect: a platform is found in an index of indexes', async () => {
  const layout = new OciLayout(new MemoryStorage());
  const platform = { os: 'linux', architecture: 'amd64' };
  const { descriptor } = await push(layout, undefined, [{ name: 'a', content: 'a' }]);
  let inner: Descriptor = descriptor;
  for (const tag of ['inner', 'outer']) {
    const { mediaType, digest, size } = inner;
    const index: Index = {
      schemaVersion: 2,
      mediaType: mediaTypes.index,
      manifests: [{ mediaType, digest, size, platform }],
    };
    const bytes = serializeIndex(index);
    inner = { mediaType: mediaTypes.index, digest: digestOf(bytes), size: bytes.byteLength };
    await layout.push(inner, new Blob([bytes]));
    await layout.tag(inner, tag);
  }
  const found = await inspect(layout, 'outer', { platform: 'linux/amd64' });
  expect(found.descriptor.digest).toBe(descriptor.digest);
});
