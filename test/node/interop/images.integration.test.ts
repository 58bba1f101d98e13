import { join } from 'node:path';
import { packDirectory, packManifest, pushBlob, Registry } from 'oras-js';
import { DirectoryStorage } from 'oras-js/node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findSkopeo, findUmoci } from '../../support/image-programs.mjs';
import { describeEachRegistry, describeWith } from '../../support/registries.ts';
import { treeOf } from '../archive/file-tree.ts';
import { makeDirectory } from './directory.ts';
import { Sandbox } from './sandbox.ts';

const mediaType = 'application/vnd.oci.image.config.v1+json';

describeWith('images', { name: 'skopeo', path: findSkopeo() }, (skopeo) => {
  describeWith('images', { name: 'umoci', path: findUmoci() }, (umoci) => {
    const registry = new Registry();
    let sandbox: Sandbox;
    beforeAll(() => {
      sandbox = new Sandbox();
      makeDirectory(sandbox.path('tree'));
    });
    afterAll(() => sandbox.remove());

    describeEachRegistry('images', ({ name, host }) => {
      for (const compression of ['gzip', 'none'] as const) {
        test(`skopeo copy and umoci unpack: a directory is the same tree with the compression ${compression}`, async () => {
          const reference = `${host}/interop/${crypto.randomUUID()}:v1`;
          const repository = registry.repository(reference);
          const { stream, described } = packDirectory(new DirectoryStorage(sandbox.path('.')), 'tree', { compression });
          const content = await new Response(stream).blob();
          const { descriptor: layer, tarDigest } = await described;
          await repository.push(layer, content);
          const image = { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [tarDigest] } };
          const config = await pushBlob(repository, JSON.stringify(image), { mediaType });
          await packManifest(repository, { config, layers: [layer], tags: ['v1'] });

          const layout = `oci:${sandbox.path(`${name}-${compression}`)}:v1`;
          const flags = ['--insecure-policy', 'copy', '--src-tls-verify=false', '--preserve-digests'];
          await sandbox.run(skopeo, ...flags, `docker://${reference}`, layout);
          const bundle = sandbox.path(`bundle-${name}-${compression}`);
          await sandbox.run(umoci, 'unpack', '--rootless', '--image', layout.slice('oci:'.length), bundle);
          expect(treeOf(join(bundle, 'rootfs/tree'))).toEqual(treeOf(sandbox.path('tree')));
        });
      }
    });
  });
});
