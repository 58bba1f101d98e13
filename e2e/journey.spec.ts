import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  attach,
  copy,
  type Descriptor,
  digestOf,
  discover,
  MemoryStorage,
  mediaTypes,
  OciLayout,
  packManifest,
  pushBlob,
  type ReadOnlyTarget,
  Registry,
  type Repository,
} from 'oras-js';
import { DirectoryStorage, serve } from 'oras-js/node';
import { createRegistryServer } from 'oras-js/server';
import { expect, type Page, test } from 'playwright/test';
import { isCI } from '../test/support/ci.mjs';
import { findDockerRegistry } from '../test/support/docker-registry.mjs';
import { findNotation, trustPolicy } from '../test/support/notation.mjs';
import { findOlareg } from '../test/support/olareg.mjs';
import { findOras } from '../test/support/oras.mjs';
import { startDockerRegistry, startOlareg } from '../test/support/real-registries.ts';
import { findRegctl } from '../test/support/regctl.mjs';
import { withPackageSite } from './fixtures/site.ts';

declare const oras: typeof import('../src/browser.ts') & typeof import('../src/index.ts');

const registry = new Registry();
const everything = { recursive: true, cosign: true };
const programs = {
  oras: findOras(),
  regctl: findRegctl(),
  notation: findNotation(),
  olareg: findOlareg(),
  'docker-registry': findDockerRegistry(),
};

/** All that refers to the image, and to its manifests: what must be the same everywhere. */
async function seenIn(target: ReadOnlyTarget): Promise<string[]> {
  const { index, descriptor } = await indexIn(target);
  const seen = [descriptor.digest as string];
  for (const root of [descriptor, ...index.manifests]) {
    for await (const { depth, subject, descriptor, source } of discover(target, root)) {
      const isCosign = source === 'cosign' ? ' by cosign' : '';
      seen.push(`${'-'.repeat(depth)} ${descriptor.digest} to ${subject}${isCosign}`);
    }
  }
  return seen.sort();
}

async function indexIn(
  target: ReadOnlyTarget,
): Promise<{ index: { manifests: Descriptor[] }; descriptor: Descriptor }> {
  const descriptor = await target.resolve('v1');
  return { index: await new Response(await target.fetch(descriptor)).json(), descriptor };
}

/** Stores an image for two platforms, tagged v1. */
async function storeImage(repository: Repository): Promise<Descriptor> {
  const manifests: Descriptor[] = [];
  for (const architecture of ['amd64', 'arm64']) {
    const image = { architecture, os: 'linux', rootfs: { type: 'layers', diff_ids: [] } };
    const config = await pushBlob(repository, JSON.stringify(image), { mediaType: mediaTypes.config });
    const layer = await pushBlob(repository, `layer for ${architecture}`, { mediaType: mediaTypes.layerTar });
    const { mediaType, digest, size } = (await packManifest(repository, { config, layers: [layer] })).descriptor;
    manifests.push({ mediaType, digest, size, platform: { architecture, os: 'linux' } });
  }
  const bytes = new TextEncoder().encode(JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.index, manifests }));
  const descriptor = { mediaType: mediaTypes.index, digest: digestOf(bytes), size: bytes.length };
  await repository.pushReference(descriptor, bytes, 'v1');
  return descriptor;
}

/** Stores what cosign makes of a signature: a manifest under a tag of its own. */
async function signAsCosign(repository: Repository, { digest }: Descriptor): Promise<void> {
  const mediaType = 'application/vnd.dev.cosign.simplesigning.v1+json';
  const payload = JSON.stringify({ critical: { image: { 'docker-manifest-digest': digest } } });
  const layer = await pushBlob(repository, payload, {
    mediaType,
    annotations: { 'dev.cosignproject.cosign/signature': 'MEUCIQ==' },
  });
  const config = await pushBlob(repository, '{}', { mediaType: mediaTypes.config });
  await packManifest(repository, { config, layers: [layer], tags: [`${digest.replace(':', '-')}.sig`] });
}

/** Runs programs with a home of their own, and gives what they print. */
type Run = (name: keyof typeof programs, ...args: string[]) => Promise<string>;

function runIn(home: string): Run {
  const env = { HOME: home, PATH: process.env.PATH };
  return async (name, ...args) =>
    (await promisify(execFile)(programs[name] as string, args, { cwd: home, env })).stdout;
}

/** Checks that the programs find the same at a registry, and take the signature. */
async function expectPrograms(run: Run, { reference }: Repository, expected: readonly string[]): Promise<void> {
  const digest = expected.find((line) => line.startsWith('sha256:')) as string;
  const name = `${reference.host}/${reference.repository}`;
  const ofImage = expected.filter((line) => line.endsWith(`to ${digest}`)).map((line) => line.split(' ')[1] as string);
  const found = await run('oras', 'discover', '--plain-http', '--format=json', '--depth=1', `${name}:v1`);
  const { referrers } = JSON.parse(found);
  expect(referrers.map(({ digest }: Descriptor) => digest).sort()).toEqual(ofImage.sort());
  await run('regctl', 'registry', 'set', '--tls=disabled', reference.host);
  const tree = await run('regctl', 'artifact', 'tree', '--digest-tags', `${name}:v1`);
  for (const line of expected) expect(tree).toContain(line.split(' ')[1] ?? digest);
  const verified = await run('notation', 'verify', '--insecure-registry', `${name}@${digest}`);
  expect(verified).toContain('Successfully verified signature');
}

/** The page takes the layout as a chosen folder, keeps it in its own file system, and copies it to the registry. */
async function throughPage(page: Page, layout: string, reference: string): Promise<string[]> {
  await page.evaluate(() => {
    document.body.innerHTML = '<input type="file" webkitdirectory>';
  });
  await page.locator('input').setInputFiles(layout);
  return page.evaluate(async (reference) => {
    const { files } = document.querySelector('input') as HTMLInputElement;
    const chosen = new oras.ReadOnlyOciLayout(new oras.FileListStorage(files ?? [], { folder: 'layout' }));
    const kept = new oras.OciLayout(new oras.HandleStorage(await navigator.storage.getDirectory()));
    const options = { recursive: true, cosign: true };
    await oras.copy(chosen, 'v1', kept, undefined, options);
    await oras.copy(kept, 'v1', new oras.Registry().repository(reference), undefined, options);
    const seen: string[] = [];
    const root = await kept.resolve('v1');
    const { manifests } = await new Response(await kept.fetch(root)).json();
    for (const each of [root, ...manifests]) {
      for await (const { depth, subject, descriptor, source } of oras.discover(kept, each)) {
        seen.push(`${'-'.repeat(depth)} ${descriptor.digest} to ${subject}${source === 'cosign' ? ' by cosign' : ''}`);
      }
    }
    return [root.digest, ...seen].sort();
  }, reference);
}

test('copy: an image with all that refers to it is the same at each stop of a journey', async ({ page }, info) => {
  const missing = Object.entries(programs).flatMap(([name, path]) => (path === undefined ? [name] : []));
  expect(missing.length === 0 || !isCI, `${missing} are installed`).toBe(true);
  for (const name of missing) info.annotations.push({ type: 'skipped', description: `${name} is not installed` });
  if (missing.length > 0) return;

  const home = info.outputPath('home');
  mkdirSync(home, { recursive: true });
  const embedded = await serve(createRegistryServer({ storage: new MemoryStorage() }), { port: 0 });
  const olareg = await startOlareg(programs.olareg as string);
  const docker = await startDockerRegistry(programs['docker-registry'] as string, { auth: false });
  try {
    const inEmbedded = registry.repository(`${embedded.host}/journey/image:v1`);
    const image = await storeImage(inEmbedded);
    const files = [{ name: 'report.json', content: '{}' }];
    const sbom = (await attach(inEmbedded, 'v1', files, { artifactType: 'application/spdx+json' })).descriptor;
    await attach(inEmbedded, sbom, files, { artifactType: 'application/vnd.example.review' });
    await attach(inEmbedded, 'v1', files, { artifactType: 'application/vnd.example.scan', platform: 'linux/arm64' });
    await signAsCosign(inEmbedded, image);
    const run = runIn(home);
    await run('notation', 'cert', 'generate-test', '--default', 'sample');
    writeFileSync(join(home, 'policy.json'), JSON.stringify(trustPolicy));
    await run('notation', 'policy', 'import', 'policy.json');
    await run('notation', 'sign', '--insecure-registry', `${embedded.host}/journey/image@${image.digest}`);
    const expected = await seenIn(inEmbedded);
    expect(expected).toHaveLength(6);
    await expectPrograms(run, inEmbedded, expected);

    let source = inEmbedded;
    for (const { host } of [olareg, docker]) {
      const stop = registry.repository(`${host}/journey/image:v1`);
      // olareg 0.1.2 loses referrers that come at the same time.
      await copy(source, 'v1', stop, undefined, { ...everything, concurrency: 1 });
      expect(await seenIn(stop)).toEqual(expected);
      await expectPrograms(run, stop, expected);
      source = stop;
    }
    const layout = new OciLayout(new DirectoryStorage(info.outputPath('layout')));
    await copy(source, 'v1', layout, undefined, everything);
    expect(await seenIn(layout)).toEqual(expected);

    const back = registry.repository(`${embedded.host}/journey/back:v1`);
    await withPackageSite({}, async ({ url }) => {
      await page.goto(url);
      expect(await throughPage(page, info.outputPath('layout'), String(back.reference))).toEqual(expected);
    });
    expect(await seenIn(back)).toEqual(expected);
    await expectPrograms(run, back, expected);
  } finally {
    for (const { close } of [embedded, olareg, docker]) await close();
  }
});
