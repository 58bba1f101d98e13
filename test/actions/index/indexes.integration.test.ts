import { imageConfig, packIndex, pushManifest, Registry, updateIndex } from 'oras-js';
import { expect, test } from 'vitest';
import { buildManifest } from '../../../src/actions/push/pack.ts';
import { digestOf } from '../../../src/oci/digest.ts';
import { bytesOf, rejection } from '../../support/content.ts';
import { noise } from '../../support/noise.ts';
import { describeEachRegistry } from '../../support/registries.ts';
import { pushImage } from './multi-platform.ts';

describeEachRegistry('indexes', ({ name, host }) => {
  const registry = new Registry();

  test('packIndex, updateIndex, imageConfig: an index is made of tags, changed, and read by platform', async () => {
    const repository = registry.repository(`${host}/indexes/${crypto.randomUUID()}`);
    // Docker's registry wants the layers, too.
    const layer = noise(10240, 1);
    const described = { mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: digestOf(layer), size: 10240 };
    await repository.push(described, layer);
    for (const architecture of ['amd64', 'arm64']) {
      const config = { architecture, os: 'linux', rootfs: { type: 'layers', diff_ids: [described.digest] } };
      await pushImage(repository, JSON.stringify(config), architecture, described);
    }
    const { descriptor } = await packIndex(repository, { manifests: ['amd64'], tags: ['v1', 'latest'] });
    expect(await repository.resolve('latest')).toMatchObject({ digest: descriptor.digest });
    const changed = await updateIndex(repository, 'v1', { add: ['arm64'], annotations: { a: 'b' } });
    expect(await repository.resolve('v1')).toMatchObject({ digest: changed.descriptor.digest });
    expect(changed.index.manifests.map(({ platform }) => platform?.architecture)).toEqual(['amd64', 'arm64']);
    expect((await imageConfig(repository, 'v1', { platform: 'linux/arm64' })).architecture).toBe('arm64');
    expect(await rejection(packIndex(repository, { manifests: ['missing'] }))).toMatchObject({ code: 'NOT_FOUND' });
  });

  // Others refuse it.
  if (!['embedded', 'olareg'].includes(name)) return;
  test('pushManifest: sha512 is stored under its digest', async () => {
    const repository = registry.repository(`${host}/indexes/${crypto.randomUUID()}`);
    const layer = { mediaType: 'text/plain', digest: digestOf(bytesOf('hello'), 'sha512'), size: 5 };
    await repository.push(layer, new Blob(['hello']));
    await repository.push({ mediaType: 'test/config', digest: digestOf(bytesOf('{}')), size: 2 }, new Blob(['{}']));
    const config = { mediaType: 'test/config', digest: digestOf(bytesOf('{}')), size: 2 };
    const { bytes } = buildManifest({ layers: [layer], config });
    const { descriptor } = await pushManifest(repository, bytes, { algorithm: 'sha512', tags: ['v1'] });
    expect(descriptor.digest).toBe(digestOf(bytes, 'sha512'));
    expect((await repository.fetchReference(descriptor.digest)).bytes).toEqual(bytes);
    expect((await repository.fetchReference('v1')).bytes).toEqual(bytes);
  });
});
