import { type Descriptor, OciLayout, packDirectory, packManifest, pushBlob, Registry, type Target } from 'oras-js';
import { DirectoryStorage } from 'oras-js/node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findCrane } from '../../support/crane.mjs';
import { findSkopeo } from '../../support/image-programs.mjs';
import { findOras } from '../../support/oras.mjs';
import { findRegctl } from '../../support/regctl.mjs';
import { describeEachRegistry, describeWith } from '../../support/registries.ts';
import { makeDirectory } from './directory.ts';
import { Sandbox } from './sandbox.ts';

/** Runs a program; gives what it prints. */
type Run = (...args: string[]) => Promise<string>;

/** A program that copies images between a registry and a layout in a directory. */
interface Copier {
  name: string;
  path: string | undefined;
  /** Copies from the registry to a new layout. */
  pull(run: Run, reference: string, layout: string): Promise<unknown>;
  /** Copies the only image of a layout, tagged v1, to the registry. */
  push(run: Run, layout: string, reference: string): Promise<unknown>;
}

const copiers: Copier[] = [
  {
    name: 'oras',
    path: findOras(),
    pull: (run, reference, layout) => run('cp', '--from-plain-http', '--to-oci-layout', reference, `${layout}:v1`),
    push: (run, layout, reference) => run('cp', '--from-oci-layout', '--to-plain-http', `${layout}:v1`, reference),
  },
  {
    name: 'crane',
    path: findCrane(),
    pull: (run, reference, layout) => run('pull', '--insecure', '--format=oci', reference, layout),
    push: (run, layout, reference) => run('push', '--insecure', layout, reference),
  },
  {
    name: 'regctl',
    path: findRegctl(),
    async pull(run, reference, layout) {
      await run('registry', 'set', '--tls=disabled', reference.slice(0, reference.indexOf('/')));
      await run('image', 'copy', reference, `ocidir://${layout}:v1`);
    },
    async push(run, layout, reference) {
      await run('registry', 'set', '--tls=disabled', reference.slice(0, reference.indexOf('/')));
      await run('image', 'copy', `ocidir://${layout}:v1`, reference);
    },
  },
  {
    name: 'skopeo',
    path: findSkopeo(),
    pull: (run, reference, layout) =>
      run(
        '--insecure-policy',
        'copy',
        '--preserve-digests',
        '--src-tls-verify=false',
        `docker://${reference}`,
        `oci:${layout}:v1`,
      ),
    push: (run, layout, reference) =>
      run(
        '--insecure-policy',
        'copy',
        '--preserve-digests',
        '--dest-tls-verify=false',
        `oci:${layout}:v1`,
        `docker://${reference}`,
      ),
  },
];

describe.each(copiers)('$name', ({ name, path, pull, push }) => {
  describeWith('image copies', { name, path }, (executable) => {
    const registry = new Registry();
    let sandbox: Sandbox;
    let run: Run;
    beforeAll(() => {
      sandbox = new Sandbox();
      makeDirectory(sandbox.path('tree'));
      run = (...args) => sandbox.run(executable, ...args);
    });
    afterAll(() => sandbox.remove());

    /** Stores an image with a directory as its only layer. */
    async function storeImage(target: Target): Promise<Descriptor> {
      const { stream, described } = packDirectory(new DirectoryStorage(sandbox.path('.')), 'tree');
      const content = await new Response(stream).blob();
      const { descriptor: layer, tarDigest } = await described;
      await target.push(layer, content);
      const image = { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [tarDigest] } };
      const mediaType = 'application/vnd.oci.image.config.v1+json';
      const config = await pushBlob(target, JSON.stringify(image), { mediaType });
      const { descriptor } = await packManifest(target, { config, layers: [layer], tags: ['v1'] });
      return descriptor;
    }

    async function sizesOf(target: Target, { digest }: Descriptor): Promise<number[]> {
      const sizes: number[] = [];
      const found = await target.resolve(digest);
      const { config, layers } = JSON.parse(await new Response(await target.fetch(found)).text());
      for (const part of [config, ...layers]) sizes.push((await new Response(await target.fetch(part)).bytes()).length);
      return sizes;
    }

    describeEachRegistry('image copies', ({ name: registryName, host }) => {
      test('an image of ours is copied to a layout, with the same digests', async () => {
        const reference = `${host}/interop/${crypto.randomUUID()}:v1`;
        const repository = registry.repository(reference);
        const image = await storeImage(repository);
        const directory = sandbox.path(`pulled-${registryName}`);
        await pull(run, reference, directory);
        const layout = new OciLayout(new DirectoryStorage(directory));
        expect(await sizesOf(layout, image)).toEqual(await sizesOf(repository, image));
      });

      test('an image of a layout of ours is copied to the registry, with the same digests', async () => {
        const reference = `${host}/interop/${crypto.randomUUID()}:v1`;
        const directory = sandbox.path(`pushed-${registryName}`);
        const layout = new OciLayout(new DirectoryStorage(directory));
        const image = await storeImage(layout);
        await push(run, directory, reference);
        const { descriptor } = await registry.inspect(reference);
        expect(descriptor.digest).toBe(image.digest);
        expect(await sizesOf(registry.repository(reference), image)).toEqual(await sizesOf(layout, image));
      });
    });
  });
});
