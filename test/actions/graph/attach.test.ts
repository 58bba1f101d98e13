import { isOrasError, MemoryStorage, OciLayout, push } from 'oras-js';
import { expect, test } from 'vitest';
import { attach } from '../../../src/actions/graph/attach.ts';

const files = [{ name: 'sbom.json', content: '{}' }];
const artifactType = 'application/spdx+json';

async function layoutWithSubject() {
  const layout = new OciLayout(new MemoryStorage());
  const { descriptor } = await push(layout, 'v1', [{ name: 'a', content: 'a' }]);
  return { layout, subject: descriptor };
}

test('attach: pushes the files with the tagged manifest as subject, and without a tag', async () => {
  const { layout, subject } = await layoutWithSubject();
  const { manifest } = await attach(layout, 'v1', files, { artifactType });
  const { mediaType, digest, size } = subject;
  expect(manifest).toMatchObject({ artifactType, subject: { mediaType, digest, size } });
  const tags = [];
  for await (const tag of layout.tags()) tags.push(tag);
  expect(tags).toEqual(['v1']);
});

test('attach: takes a descriptor for the subject', async () => {
  const { layout, subject } = await layoutWithSubject();
  const { manifest } = await attach(layout, subject, files, { artifactType });
  expect(manifest.subject?.digest).toBe(subject.digest);
});

test('attach: a subject that does not exist is NOT_FOUND, and nothing is stored', async () => {
  const storage = new MemoryStorage();
  const error = await attach(new OciLayout(storage), 'v1', files, { artifactType }).catch((error: unknown) => error);
  expect(isOrasError(error, 'NOT_FOUND')).toBe(true);
  for await (const { path } of storage.list()) expect(path).toBeUndefined();
});

test('attach: what has no artifact type is refused', async () => {
  const { layout } = await layoutWithSubject();
  await expect(attach(layout, 'v1', files, {} as { artifactType: string })).rejects.toThrow(TypeError);
});

test('attach: the platform of a manifest that is no image is refused before anything is stored', async () => {
  const { layout } = await layoutWithSubject();
  const error = await attach(layout, 'v1', files, { artifactType, platform: 'linux/amd64' }).catch((e: unknown) => e);
  expect(isOrasError(error, 'UNSUPPORTED')).toBe(true);
});
