import { blobOf } from '../../../src/bytes/streams.ts';
import { mediaTypes } from '../../../src/oci/media-types.ts';
import { serializeManifest } from '../../../src/oci/serialize.ts';
import { pushBlob } from '../../../src/target/content.ts';
import type { ReadOnlyTarget, Target } from '../../../src/target/target.ts';
import type { Descriptor } from '../../../src/types.ts';
import { bytesOf, descriptorOf } from '../../support/content.ts';

/** The images of oras' own test data: their configs, and the digests of their manifests. */
export const images = {
  amd64: {
    config: '{\r\n    "architecture": "amd64",\r\n    "os": "linux"\r\n}',
    digest: 'sha256:9d84a5716c66a1d1b9c13f8ed157ba7d1edfe7f9b8766728b8a1f25c0d9c14c1',
  },
  arm64: {
    config: '{\r\n    "architecture": "arm64",\r\n    "os": "linux"\r\n}',
    digest: 'sha256:4f93460061882467e6fb3b772dc6ab72130d9ac1906aed2fc7589a5cd145433c',
  },
  armV7: {
    config: '{\r\n    "architecture": "arm",\r\n    "os": "linux",\r\n    "variant": "v7"\r\n}',
    digest: 'sha256:58efe73e78fe043ca31b89007a025c594ce12aa7e6da27d21c7b14b50112e255',
  },
} as const;

/** Their one layer, which nobody reads. */
const unread: Descriptor = {
  mediaType: mediaTypes.layerTar,
  digest: 'sha256:2ef548696ac7dd66ef38aab5cc8fc5cc1fb637dfaedb3a9afc89bf16db9277e1',
  size: 10240,
  annotations: { 'org.opencontainers.image.title': 'hello.tar' },
};

/** Pushes an image of one layer with this config and tags it, and gives its descriptor. */
export async function pushImage(target: Target, config: string, tag: string, layer = unread): Promise<Descriptor> {
  const configured = await pushBlob(target, config, { mediaType: mediaTypes.config });
  const bytes = serializeManifest({
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: configured,
    layers: [layer],
  });
  const descriptor = descriptorOf(new TextDecoder().decode(bytes), mediaTypes.manifest);
  await target.push(descriptor, blobOf(bytes));
  await target.tag(descriptor, tag);
  return descriptor;
}

/** Pushes the three images, tagged with their names. */
export async function pushImages(target: Target): Promise<Record<keyof typeof images, Descriptor>> {
  return {
    amd64: await pushImage(target, images.amd64.config, 'amd64'),
    arm64: await pushImage(target, images.arm64.config, 'arm64'),
    armV7: await pushImage(target, images.armV7.config, 'armV7'),
  };
}

/** Pushes bytes as they are under a type, and tags them. */
export async function pushText(target: Target, text: string, mediaType: string, tag: string): Promise<Descriptor> {
  const descriptor = descriptorOf(text, mediaType);
  await target.push(descriptor, blobOf(bytesOf(text)));
  await target.tag(descriptor, tag);
  return descriptor;
}

/** A target of which nothing must be asked. */
export function silentTarget(): Target & ReadOnlyTarget {
  const fail = (): never => {
    throw new Error('the target was asked for something');
  };
  return { resolve: fail, fetch: fail, exists: fail, push: fail, tag: fail };
}
