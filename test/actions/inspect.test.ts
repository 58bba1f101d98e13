import { describe, expect, test, vi } from 'vitest';
import { inspect, inspectManifest } from '../../src/actions/inspect.ts';
import { buildManifest } from '../../src/actions/push/pack.ts';
import { push } from '../../src/actions/push/push.ts';
import { blobOf } from '../../src/bytes/streams.ts';
import { InvalidManifestError, InvalidReferenceError, NotFoundError, UnsupportedError } from '../../src/errors.ts';
import { describe as describeBytes } from '../../src/oci/descriptor.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { mediaTypes } from '../../src/oci/media-types.ts';
import { serializeIndex } from '../../src/oci/serialize.ts';
import { MemoryStorage } from '../../src/storage/memory.ts';
import { pushBlob } from '../../src/target/content.ts';
import { OciLayout } from '../../src/target/layout/layout.ts';
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

  test.for<string | Platform>([
    'linux/ARM64/v8',
    'linux/aarch64',
    { os: 'Linux', architecture: 'arm64', variant: '8' },
  ])('follows an index by another name of a platform: %j', async (platform) => {
    const found = await inspect(await layout(), 'all', { platform });
    expect(found).toMatchObject({ kind: 'manifest', manifest: arm64.manifest });
  });

  test('there is nothing for another platform, and the error says what there is', async () => {
    const error = await rejection(inspect(await layout(), 'all', { platform: 'windows/amd64' }));
    expect(error).toBeInstanceOf(NotFoundError);
    expect(error).toMatchObject({ reference: 'windows/amd64' });
    expect((error as Error).message).toMatch(/no manifest for windows\/amd64: there is linux\/arm64, linux\/arm\/v7$/);
  });

  test.for(['linux', 'linux/arm/v7/x', '', '*', { os: 'linux' }, { os: 1, architecture: 'arm' }, null, 7, []])(
    'a platform that is none is refused before anything is asked: %j',
    async (platform) => {
      const target = await layout();
      const asked = [vi.spyOn(target, 'resolve'), vi.spyOn(target, 'fetch')];
      for (const reference of ['all', 'one', 'missing', arm64.descriptor]) {
        const error = await rejection(inspect(target, reference, { platform: platform as Platform }));
        expect(error).toBeInstanceOf(InvalidReferenceError);
      }
      for (const call of asked) expect(call).not.toHaveBeenCalled();
    },
  );

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

describe('inspect: the platform of what is no index', () => {
  const imageConfig = 'application/vnd.oci.image.config.v1+json';

  /** A layout with one image, whose config says this. */
  async function image(config: unknown, mediaType = imageConfig): Promise<OciLayout> {
    const target = new OciLayout(new MemoryStorage());
    const text = typeof config === 'string' ? config : JSON.stringify(config);
    const blob = await pushBlob(target, text, { mediaType });
    const { descriptor, bytes } = buildManifest({ config: blob });
    await target.push(descriptor, blobOf(bytes));
    await target.tag(descriptor, 'v1');
    return target;
  }

  test.for<[string, object]>([
    ['linux/arm64', { os: 'linux', architecture: 'arm64' }],
    ['linux/arm64/v8', { os: 'linux', architecture: 'arm64' }],
    ['linux/aarch64', { os: 'linux', architecture: 'arm64', variant: 'v8' }],
    ['linux/arm', { os: 'linux', architecture: 'arm', variant: 'v6' }],
    ['linux/amd64', { os: 'linux', architecture: 'amd64', variant: null, 'os.version': null, 'os.features': null }],
    ['windows/amd64:10.0.1', { os: 'windows', architecture: 'amd64', 'os.version': '10.0.1' }],
  ])('is that of its config: %s', async ([platform, config]) => {
    for (const type of [imageConfig, 'application/vnd.docker.container.image.v1+json']) {
      const found = await inspect(await image(config, type), 'v1', { platform });
      expect(found.kind).toBe('manifest');
    }
  });

  test.for<[string, object, RegExp]>([
    ['linux/arm64', { os: 'linux', architecture: 'amd64' }, /is not for linux\/arm64: it is for linux\/amd64$/],
    ['linux/arm/v7', { os: 'linux', architecture: 'arm', variant: 'v6' }, /it is for linux\/arm\/v6$/],
    [
      'windows/amd64:10.0.1',
      { os: 'windows', architecture: 'amd64', 'os.version': '10.0.2' },
      /windows\/amd64:10.0.2$/,
    ],
    ['linux/arm64', { os: '', architecture: '' }, /its config names no platform$/],
    ['linux/arm64', {}, /its config names no platform$/],
    ['linux/arm64', [], /its config names no platform$/],
  ])('another one is an error: %s', async ([platform, config, message]) => {
    const error = await rejection(inspect(await image(config), 'v1', { platform }));
    expect(error).toBeInstanceOf(NotFoundError);
    expect(error).toMatchObject({ reference: platform, message: expect.stringMatching(message) });
  });

  test('what has no image config cannot be compared, and the error names its type', async () => {
    for (const platform of ['linux/amd64', { os: 'linux', architecture: 'amd64' }]) {
      const error = await rejection(inspect(await layout(), 'one', { platform }));
      expect(error).toBeInstanceOf(UnsupportedError);
      expect((error as Error).message).toContain('not an image config but application/vnd.oci.empty.v1+json');
    }
  });

  test('a config that is no JSON is an error', async () => {
    const error = await rejection(inspect(await image('{'), 'v1', { platform: 'linux/amd64' }));
    expect(error).toBeInstanceOf(InvalidManifestError);
  });

  test('without a platform the config is not read', async () => {
    expect((await inspect(await image('{'), 'v1')).kind).toBe('manifest');
  });

  test('what an index says of an entry holds, whatever its config', async () => {
    const found = await inspect(await layout(), 'all', { platform: 'linux/arm64' });
    expect(found).toMatchObject({ kind: 'manifest', manifest: arm64.manifest });
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
