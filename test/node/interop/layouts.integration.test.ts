import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  attach,
  type Descriptor,
  imageConfig,
  inspect,
  OciLayout,
  packDirectory,
  packIndex,
  packManifest,
  pull,
  push,
  pushBlob,
  Registry,
} from 'oras-js';
import { DirectoryStorage } from 'oras-js/node';
import { createRegistryServer } from 'oras-js/server';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { itemsOf } from '../../support/content.ts';
import { findCrane } from '../../support/crane.mjs';
import { findSkopeo, findUmoci } from '../../support/image-programs.mjs';
import { findOras } from '../../support/oras.mjs';
import { findRegctl } from '../../support/regctl.mjs';
import { describeWith, embeddedRegistry } from '../../support/registries.ts';
import { makeDirectory } from './directory.ts';
import { Sandbox } from './sandbox.ts';

const sbom = 'application/vnd.example.sbom';
const everything = { grace: 0 };
let sandbox: Sandbox;

beforeAll(() => {
  sandbox = new Sandbox();
  sandbox.write('hello.txt', 'hi\n');
  makeDirectory(sandbox.path('tree'));
});
afterAll(() => sandbox.remove());

function layoutIn(name: string): OciLayout {
  return new OciLayout(new DirectoryStorage(sandbox.path(name)));
}

/** An image of one layer, tagged; its layer, too, is what other programs can unpack. */
async function pushImage(layout: OciLayout, architecture: string, tag: string): Promise<Descriptor> {
  const { stream, described } = packDirectory(new DirectoryStorage(sandbox.path('.')), 'tree');
  const content = await new Response(stream).blob();
  const { descriptor, tarDigest } = await described;
  const layer = { ...descriptor, mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip' };
  await layout.push(layer, content);
  const image = { architecture, os: 'linux', rootfs: { type: 'layers', diff_ids: [tarDigest] } };
  const mediaType = 'application/vnd.oci.image.config.v1+json';
  const config = await pushBlob(layout, JSON.stringify(image), { mediaType });
  return (await packManifest(layout, { config, layers: [layer], tags: [tag] })).descriptor;
}

/** A layout with two images, an index of them, an SBOM of each, and garbage. */
async function ours(name: string): Promise<{ layout: OciLayout; index: Descriptor; attached: Descriptor }> {
  const layout = layoutIn(name);
  const amd64 = await pushImage(layout, 'amd64', 'amd64');
  await pushImage(layout, 'arm64', 'arm64');
  const { descriptor: index } = await packIndex(layout, { manifests: ['amd64', 'arm64'], tags: ['v1'] });
  const files = [{ name: 'sbom.json', content: '{}' }];
  const { descriptor: attached } = await attach(layout, index, files, { artifactType: sbom });
  await attach(layout, amd64, files, { artifactType: sbom });
  await push(layout, 'garbage', [{ name: 'garbage', content: 'garbage' }]);
  await layout.untag('garbage');
  return { layout, index, attached };
}

async function referrersOf(layout: OciLayout, reference: string): Promise<Descriptor[]> {
  return itemsOf(layout.referrers(await layout.resolve(reference)));
}

/** Collects all garbage of a layout, and checks that everything of these tags is complete afterwards. */
async function collected(layout: OciLayout, ...tags: string[]): Promise<number> {
  const { removed } = await layout.collectGarbage(everything);
  const check = async (reference: string | Descriptor): Promise<void> => {
    const found = await inspect(layout, reference);
    if (found.kind === 'index') for (const entry of found.index.manifests) await check(entry);
    else
      for (const blob of [found.manifest.config, ...found.manifest.layers])
        expect(await layout.exists(blob)).toBe(true);
  };
  for (const tag of tags) await check(tag);
  return removed.length;
}

describeWith('layouts', { name: 'oras', path: findOras() }, (oras) => {
  const json = async (...args: string[]): Promise<unknown> => JSON.parse(await sandbox.run(oras, ...args));
  const discovered = async (reference: string): Promise<string[]> => {
    const found = (await json('discover', '--oci-layout', '--format=json', reference)) as Record<string, Descriptor[]>;
    return (found.referrers ?? found.manifests ?? []).map(({ digest }) => digest);
  };

  test('ours: oras finds referrers, before and after garbage collection, and makes the same index', async () => {
    const { layout, index, attached } = await ours('ours-oras');
    for (const isCollected of [false, true]) {
      if (isCollected) expect(await collected(layout, 'v1', 'amd64')).toBe(2);
      expect(await discovered('ours-oras:v1')).toEqual([attached.digest]);
      expect((await sandbox.run(oras, 'repo', 'tags', '--oci-layout', 'ours-oras')).trim().split('\n')).toEqual([
        'amd64',
        'arm64',
        'v1',
      ]);
    }
    await sandbox.run(oras, 'manifest', 'index', 'create', '--oci-layout', 'ours-oras:theirs', 'amd64', 'arm64');
    expect((await layout.resolve('theirs')).digest).toBe(index.digest);
  });

  test('theirs: its referrers are listed, here and by the registry here, and nothing of it is garbage', async () => {
    const folder = 'registry/a/_layout';
    await sandbox.run(oras, 'push', '--oci-layout', `${folder}:v1`, 'hello.txt');
    for (const n of ['1', '2']) {
      const flags = ['--artifact-type', sbom, '--annotation', `n=${n}`];
      await sandbox.run(oras, 'attach', '--oci-layout', ...flags, `${folder}:v1`, 'hello.txt');
    }
    const layout = layoutIn(folder);
    const listed = await referrersOf(layout, 'v1');
    expect(listed.map(({ digest }) => digest).sort()).toEqual((await discovered(`${folder}:v1`)).sort());
    // oras writes the index in no particular order.
    expect(listed.map(({ artifactType, annotations }) => [artifactType, annotations?.n]).sort()).toEqual([
      [sbom, '1'],
      [sbom, '2'],
    ]);
    const server = createRegistryServer({ storage: new DirectoryStorage(sandbox.path('registry')) });
    const { digest } = await layout.resolve('v1');
    const answer = await server(`http://localhost/v2/a/referrers/${digest}`);
    expect(((await answer.json()) as { manifests: Descriptor[] }).manifests).toHaveLength(2);
    expect(await collected(layout, 'v1')).toBe(0);
    await layout.delete(listed[0]!);
    expect(await discovered(`${folder}:v1`)).toEqual([listed[1]!.digest]);
    const { files } = await pull(layout, 'v1');
    expect(await (await files[0]!.blob()).text()).toBe('hi\n');
  });
});

describeWith('layouts', { name: 'skopeo', path: findSkopeo() }, (skopeo) => {
  const copy = (from: string, to: string, ...flags: string[]): Promise<string> =>
    sandbox.run(skopeo, '--insecure-policy', 'copy', ...flags, `oci:${sandbox.path(from)}`, `oci:${sandbox.path(to)}`);

  test('ours: skopeo copies images and the index, after garbage collection; its copy is read here', async () => {
    const { layout, index } = await ours('ours-skopeo');
    await collected(layout, 'v1');
    await copy('ours-skopeo:v1', 'theirs-skopeo:v1', '--all', '--preserve-digests');
    const theirs = layoutIn('theirs-skopeo');
    expect((await theirs.resolve('v1')).digest).toBe(index.digest);
    expect((await imageConfig(theirs, 'v1', { platform: 'linux/arm64' })).architecture).toBe('arm64');
    expect(await collected(theirs, 'v1')).toBe(0);
  });

  test('theirs: what a moved tag left is garbage, and skopeo reads what is left', async () => {
    await ours('source-skopeo');
    await copy('source-skopeo:amd64', 'changed-skopeo:v1');
    await copy('source-skopeo:arm64', 'changed-skopeo:v1');
    // The images share their layer.
    expect(await collected(layoutIn('changed-skopeo'), 'v1')).toBe(2);
    const found = await sandbox.run(skopeo, 'inspect', '--config', `oci:${sandbox.path('changed-skopeo')}:v1`);
    expect(JSON.parse(found)).toMatchObject({ architecture: 'arm64' });
  });
});

describeWith('layouts', { name: 'umoci', path: findUmoci() }, (umoci) => {
  test('ours: umoci lists and changes it, and what its garbage collection leaves is no garbage here', async () => {
    const { layout } = await ours('ours-umoci');
    await collected(layout, 'amd64', 'arm64', 'v1');
    const path = sandbox.path('ours-umoci');
    expect((await sandbox.run(umoci, 'ls', '--layout', path)).trim().split('\n').sort()).toEqual([
      'amd64',
      'arm64',
      'v1',
    ]);
    await sandbox.run(umoci, 'config', '--image', `${path}:amd64`, '--tag', 'changed', '--config.user', '1000');
    await sandbox.run(umoci, 'gc', '--layout', path);
    expect((await imageConfig(layout, 'changed')).config?.User).toBe('1000');
    expect(await referrersOf(layout, 'v1')).toHaveLength(1);
    expect(await collected(layout, 'amd64', 'arm64', 'changed', 'v1')).toBe(0);
    await layout.untag('changed');
    expect(await collected(layout, 'amd64', 'arm64', 'v1')).toBe(2);
    await sandbox.run(umoci, 'unpack', '--rootless', '--image', `${path}:amd64`, sandbox.path('bundle-umoci'));
    expect(existsSync(join(sandbox.path('bundle-umoci'), 'rootfs'))).toBe(true);
  });

  test('theirs: a new image is read here', async () => {
    const path = sandbox.path('theirs-umoci');
    await sandbox.run(umoci, 'init', '--layout', path);
    await sandbox.run(umoci, 'new', '--image', `${path}:v1`);
    const layout = layoutIn('theirs-umoci');
    expect((await imageConfig(layout, 'v1')).rootfs).toEqual({ type: 'layers', diff_ids: [] });
    expect(await itemsOf(layout.tags())).toEqual(['v1']);
    expect(await collected(layout, 'v1')).toBe(0);
  });
});

describeWith('layouts', { name: 'regctl', path: findRegctl() }, (regctl) => {
  test('ours: what regctl attaches is listed here beside ours, by its tag', async () => {
    const { layout, attached } = await ours('ours-regctl');
    await collected(layout, 'v1');
    const flags = ['--artifact-type', 'application/vnd.example.report', '--file-media-type', 'text/plain'];
    const place = `ocidir://${sandbox.path('ours-regctl')}:v1`;
    await sandbox.run(regctl, 'artifact', 'put', ...flags, '--subject', place, '--file', sandbox.path('hello.txt'));
    const listed = await referrersOf(layout, 'v1');
    expect(listed.map(({ artifactType }) => artifactType)).toEqual([sbom, 'application/vnd.example.report']);
    expect(listed[0]).toMatchObject({ digest: attached.digest });
    expect(await collected(layout, 'v1')).toBe(0);
    const tags = (await sandbox.run(regctl, 'tag', 'ls', place)).trim().split('\n');
    expect(tags.sort()).toEqual(await itemsOf(layout.tags()));
  });

  test('theirs: a copy with referrers is read here, and regctl reads what garbage collection leaves', async () => {
    const { index } = await ours('source-regctl');
    const source = `ocidir://${sandbox.path('source-regctl')}:v1`;
    const flags = ['--artifact-type', sbom, '--file-media-type', 'text/plain'];
    await sandbox.run(regctl, 'artifact', 'put', ...flags, '--subject', source, '--file', sandbox.path('hello.txt'));
    const copy = `ocidir://${sandbox.path('theirs-regctl')}:v1`;
    await sandbox.run(regctl, 'image', 'copy', '--referrers', source, copy);
    const layout = layoutIn('theirs-regctl');
    expect((await layout.resolve('v1')).digest).toBe(index.digest);
    expect(await referrersOf(layout, 'v1')).toHaveLength(1);
    await pushBlob(layout, 'garbage');
    expect(await collected(layout, 'v1')).toBe(1);
    expect(await sandbox.run(regctl, 'artifact', 'list', copy)).toContain(sbom);
  });
});

describeWith('layouts', { name: 'crane', path: findCrane() }, (crane) => {
  test('both ways: crane pushes ours, and what it pulls, without a tag, is kept when that is asked for', async () => {
    const { digest } = await pushImage(layoutIn('ours-crane'), 'amd64', 'v1');
    const reference = `${embeddedRegistry().host}/interop/${crypto.randomUUID()}:v1`;
    await sandbox.run(crane, 'push', '--insecure', sandbox.path('ours-crane'), reference);
    expect((await new Registry().inspect(reference)).descriptor.digest).toBe(digest);
    await sandbox.run(crane, 'pull', '--insecure', '--format=oci', reference, sandbox.path('theirs-crane'));
    const layout = layoutIn('theirs-crane');
    expect((await imageConfig(layout, digest)).architecture).toBe('amd64');
    expect((await layout.collectGarbage({ ...everything, keepUntagged: true })).removed).toEqual([]);
    // A manifest, a config and a layer.
    expect((await layout.collectGarbage({ ...everything, dryRun: true })).removed).toHaveLength(3);
    await layout.tag(await layout.resolve(digest), 'v1');
    expect(await collected(layout, 'v1')).toBe(0);
  });
});
