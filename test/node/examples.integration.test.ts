import { readdirSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry, type RegistryOptions } from 'oras-js';
import { DirectoryStorage, serve } from 'oras-js/node';
import { createRegistryServer, faults, withFaults } from 'oras-js/server';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { main as attachMain, attachReport } from '../../examples/attach-report.ts';
import { main as attachedMain } from '../../examples/attached.ts';
import { copyByDirectory, main as copyImage, mirrorReleases } from '../../examples/copy-image.ts';
import { main as inspectPackage } from '../../examples/inspect-package.ts';
import { ArchiveRegistry, main as pushArchives } from '../../examples/push-archives.ts';
import { main as randomAccess } from '../../examples/random-access.ts';
import { main as resumablePush } from '../../examples/resumable-push.ts';
import { itemsOf } from '../support/content.ts';
import { noise } from '../support/noise.ts';
import { describeBasicRegistry, describeEachRegistry, embeddedRegistry } from '../support/registries.ts';
import { treeOf } from './archive/file-tree.ts';

let folder: string;
const home = process.cwd();
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'oras-js-examples-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Runs an example and gives what it printed. */
async function printed(run: () => Promise<unknown>, environment: Record<string, string> = {}): Promise<string[]> {
  const lines: string[] = [];
  const log = vi.spyOn(console, 'log').mockImplementation((...values) => void lines.push(values.join(' ')));
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  try {
    await run();
  } finally {
    log.mockRestore();
    vi.unstubAllEnvs();
    process.chdir(home);
  }
  return lines;
}

test('quickstart: pushes, inspects, lists and pulls', async () => {
  await mkdir(join(folder, 'quickstart'));
  await writeFile(join(folder, 'quickstart', 'README.md'), '# Hello\n');
  const run = (): Promise<unknown> => {
    process.chdir(join(folder, 'quickstart'));
    return import('../../examples/quickstart.ts');
  };
  expect(await printed(run)).toEqual([
    'localhost:5000/org/hello:v1 is sha256:8b94069f3f7b59cc90e9aed9206bfb887d400c5b795b0c3ecae05e3e9a83b55b',
    'application/vnd.oci.image.layer.v1.tar 8',
    'text/plain 3',
    'v1',
    'README.md 8',
    'hello.txt 3',
    'There is no localhost:5000/org/hello:v2',
  ]);
  expect(await readFile(join(folder, 'quickstart', 'pulled', 'hello.txt'), 'utf8')).toBe('hi\n');
  expect(await readFile(join(folder, 'quickstart', 'pulled', 'README.md'), 'utf8')).toBe('# Hello\n');
});

test('directories: packs a directory without drafts, and unpacks it again', async () => {
  const place = join(folder, 'directories');
  await mkdir(join(place, 'site', 'drafts'), { recursive: true });
  await writeFile(join(place, 'site', 'index.html'), '<h1>Hello</h1>\n');
  await writeFile(join(place, 'site', 'drafts', 'next.html'), '<h1>Not yet</h1>\n');
  const run = (): Promise<unknown> => {
    process.chdir(place);
    return import('../../examples/directories.ts');
  };
  const [digest, ...lines] = await printed(run);
  expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(lines).toEqual(['site is a directory']);
  expect(await readdir(join(place, 'out', 'site'))).toEqual(['index.html']);
  expect(await readFile(join(place, 'out', 'site', 'index.html'), 'utf8')).toBe('<h1>Hello</h1>\n');
});

test('copy-image: by a directory to another repository, and releases directly', async () => {
  const { host } = embeddedRegistry();
  const from = `${host}/examples/${crypto.randomUUID()}`;
  const to = `${host}/examples/${crypto.randomUUID()}`;
  const registry = new Registry();
  const { descriptor } = await registry.push(`${from}:v1.0`, [{ name: 'hello.txt', content: 'hi\n' }], {
    tags: ['latest', 'v1.1'],
  });
  const layout = join(folder, 'copied');
  expect(await printed(() => copyImage(`${from}:v1.0`, layout, `${to}:copy`))).toEqual([descriptor.digest]);
  expect(await readdir(layout)).toEqual(expect.arrayContaining(['index.json', 'oci-layout', 'blobs']));
  expect(await printed(() => mirrorReleases(from, to))).toEqual(['v1.0 was copied', 'v1.1 was copied']);
  expect(await printed(() => mirrorReleases(from, to))).toEqual([]);
  expect(await itemsOf(registry.tags(to))).toEqual(['copy', 'v1.0', 'v1.1']);
  const failing = printed(() => copyByDirectory(`${from}:v9`, layout, to).catch(({ code }) => console.log(code)));
  expect(await failing).toEqual([`The source failed: resolve of ${from}:v9`, 'COPY']);
});

test('random-access: says what tensors a file has', async () => {
  const { host } = embeddedRegistry();
  const header = '{"layer.bias":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}}';
  const content = new Blob([new Uint8Array([header.length, 0, 0, 0, 0, 0, 0, 0]), header, new Uint8Array(24)]);
  const registry = new Registry();
  await registry.push(`${host}/org/model:v1`, [
    { name: 'README.md', content: '# A model\n' },
    { name: 'model.safetensors', content },
  ]);
  await registry.push(`${host}/org/model:none`, [{ name: 'README.md', content: '# A model\n' }]);
  expect(await printed(() => randomAccess(`${host}/org/model:v1`))).toEqual(['layer.bias F32 2×3']);
  await expect(printed(() => randomAccess(`${host}/org/model:none`))).rejects.toThrow(/has no safetensors file/);
});

test('resumable-push: goes on where it was interrupted', async () => {
  const registry = createRegistryServer();
  let chunks = 0;
  let isInterrupted = false;
  const { host, close } = await serve((request) => {
    if (request.method !== 'PATCH' || ++chunks !== 2 || !isInterrupted) return registry(request);
    process.emit('SIGINT');
    return new Response(null, { status: 500 });
  });
  const directory = join(folder, 'resumable');
  await mkdir(directory);
  await writeFile(join(directory, 'big.bin'), noise(40_000_000, 9));
  const run = (interrupt: boolean) => (): Promise<unknown> => {
    process.chdir(directory);
    chunks = 0;
    isInterrupted = interrupt;
    return resumablePush(`${host}/org/resumable:v1`, 'big.bin');
  };
  await expect(printed(run(true))).rejects.toThrow('Paused');
  const lines = await printed(run(false));
  expect(lines[0]).toBe('16777216 of 40000000 bytes are there');
  expect(lines.at(-1)).toMatch(/^sha256:/);
  const [file] = (await new Registry().pull(`${host}/org/resumable:v1`)).files;
  expect(file?.descriptor.size).toBe(40_000_000);
  const notes = await itemsOf(new DirectoryStorage(join(directory, '.uploads')).list());
  expect(notes.filter(({ type }) => type === 'file')).toEqual([]);
  await close();
});

describeBasicRegistry('the programs of the developer guide', ({ host, username, password }) => {
  const environment = { GITHUB_USER: username, GITHUB_TOKEN: password };
  const registry = new Registry({ credentials: { username, password } });

  test('inspect-package: finds a layer by its media type and reads its blob', async () => {
    const reference = `${host}/conda-forge/linux-64/xtensor:0.9.0-0`;
    await registry.push(reference, [
      { name: 'xtensor.tar.bz2', content: 'the package', mediaType: 'application/vnd.conda.package.v1' },
      { name: 'info.tar.gz', content: 'the info', mediaType: 'application/vnd.conda.info.v1.tar+gzip' },
      {
        name: 'index.json',
        content: '{"name":"xtensor","version":"0.9.0","build":"0"}',
        mediaType: 'application/vnd.conda.info.index.v1+json',
      },
    ]);
    expect(await printed(() => inspectPackage(reference), environment)).toEqual(['xtensor 0.9.0']);
  });

  test('push-archives: makes layers with titles and annotations, a config and a manifest', async () => {
    const archive = join(folder, 'pakages-0.0.16.tar.gz');
    const sbom = join(folder, 'sbom.json');
    await writeFile(archive, 'an archive');
    await writeFile(sbom, '{"bomFormat":"CycloneDX"}');
    const target = `${host}/vsoch/excellent-dinosaur:latest`;
    const archives = {
      [archive]: 'application/vnd.oci.image.layer.v1.tar+gzip',
      [sbom]: 'application/vnd.cyclonedx',
    };
    const [line] = await printed(() => pushArchives(target, archives), environment);
    const { manifest, descriptor } = await registry.manifest(target);
    expect(line).toBe(`Successfully pushed ${target} (${descriptor.digest})`);
    expect(manifest.config.mediaType).toBe('application/vnd.unknown.config.v1+json');
    expect(manifest.annotations).toEqual({ 'org.example.tool': 'archives' });
    expect(manifest.layers.map(({ mediaType, size, annotations }) => ({ mediaType, size, annotations }))).toEqual([
      {
        mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
        size: 10,
        annotations: { 'org.opencontainers.image.title': 'pakages-0.0.16.tar.gz' },
      },
      {
        mediaType: 'application/vnd.cyclonedx',
        size: 25,
        annotations: { 'org.opencontainers.image.title': 'sbom.json' },
      },
    ]);
    const { files } = await registry.pull(target);
    expect(await (await files[0]?.blob())?.text()).toBe('an archive');
  });

  test('push-archives: a directory is packed, and its temporary archive is gone afterwards', async () => {
    const path = join(folder, 'site');
    const pulled = join(folder, 'pulled');
    const temporary = join(folder, 'temporary');
    await mkdir(join(path, 'empty'), { recursive: true });
    await mkdir(temporary);
    await writeFile(join(path, 'index.html'), '<p>hi\n');
    await writeFile(join(path, 'build.sh'), '#!/bin/sh\n', { mode: 0o755 });
    const mediaType = 'application/vnd.oci.image.layer.v1.tar+gzip';
    const own = new ArchiveRegistry({ credentials: { username, password } });
    const reference = `${host}/guide/directory:v1`;
    const kept: number[] = [];
    vi.spyOn(own, 'pushFile').mockImplementation(async (target, file, options) => {
      const onProgress = (): void => void kept.push(readdirSync(temporary).length);
      return ArchiveRegistry.prototype.pushFile.call(own, target, file, { ...options, onProgress });
    });
    vi.stubEnv('TMPDIR', temporary);
    vi.stubEnv('TEMP', temporary);
    try {
      await own.pushArchives(reference, { [path]: mediaType }, { [path]: { kind: 'site' } });
    } finally {
      vi.unstubAllEnvs();
    }
    expect(Math.max(...kept)).toBe(1);
    expect(readdirSync(temporary)).toEqual([]);
    const { manifest } = await registry.manifest(reference);
    expect(manifest.layers).toHaveLength(1);
    expect(manifest.layers[0]).toMatchObject({
      mediaType,
      annotations: { kind: 'site', 'org.opencontainers.image.title': 'site', 'io.deis.oras.content.unpack': 'true' },
    });
    await registry.pull(reference, { to: pulled });
    expect(treeOf(join(pulled, 'site'))).toEqual(treeOf(path));
  });

  test('push-archives: annotations go to the layers, the config and the manifest they are for', async () => {
    const path = join(folder, 'annotated.txt');
    await writeFile(path, 'annotated');
    const annotations = { [path]: { a: '1' }, $config: { b: '2' }, $manifest: { c: '3' } };
    const own = new ArchiveRegistry({ credentials: { username, password } });
    await own.pushArchives(`${host}/guide/annotated:v1`, { [path]: 'text/plain' }, annotations);
    const { manifest } = await registry.manifest(`${host}/guide/annotated:v1`);
    expect(manifest.layers[0]?.annotations).toEqual({ a: '1', 'org.opencontainers.image.title': 'annotated.txt' });
    expect(manifest.config.annotations).toEqual({ b: '2' });
    expect(manifest.annotations).toEqual({ c: '3' });
  });

  test('push-archives: a file that does not exist is an error, and nothing is tagged', async () => {
    const target = `${host}/guide/missing:v1`;
    const run = printed(() => pushArchives(target, { [join(folder, 'none')]: 'text/plain' }), environment);
    await expect(run).rejects.toMatchObject({ code: 'NOT_FOUND', reference: join(folder, 'none') });
    await expect(registry.inspect(target)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('both: without credentials in the environment they say what is missing', async () => {
    const empty = { GITHUB_USER: '', GITHUB_TOKEN: '' };
    await expect(printed(() => inspectPackage(`${host}/a:v1`), empty)).rejects.toThrow(/GITHUB_TOKEN and GITHUB_USER/);
    await expect(printed(() => pushArchives(`${host}/a:v1`, {}), empty)).rejects.toThrow(
      /GITHUB_TOKEN and GITHUB_USER/,
    );
  });
});

describeEachRegistry('attached', ({ host, name }) => {
  test('lists what is attached, and what is attached to that', async () => {
    const reference = `${host}/examples/${crypto.randomUUID()}:v1`;
    await new Registry().push(reference, [{ name: 'a', content: 'artifact' }]);
    const source = name === 'docker-registry' ? 'tag' : 'api';
    expect(await printed(() => attachedMain(reference))).toEqual([
      `application/vnd.example.report (${source})`,
      `  application/vnd.example.review (${source})`,
    ]);
  });
});

describeEachRegistry('attach-report', ({ host }) => {
  test('attaches a report that is found from its subject, and says what went wrong', async () => {
    const reference = `${host}/examples/attached:v1`;
    const path = join(folder, 'report.txt');
    await writeFile(path, 'all is well\n');
    const registry = new Registry();
    const { descriptor: subject } = await registry.push(reference, [{ name: 'a', content: 'artifact' }]);
    const [listed, digest] = await printed(() => attachMain(reference, path));
    expect(listed).toBe(`   application/vnd.example.report ${digest}`);
    const { manifest } = await registry.manifest(`${host}/examples/attached@${digest}`);
    expect(manifest.subject?.digest).toBe(subject.digest);
    const failed = (path: string, options: RegistryOptions, code: string): Promise<string[]> =>
      printed(async () => {
        await expect(attachReport(reference, path, options)).rejects.toMatchObject({ code });
      });
    expect(await failed(join(folder, 'none.txt'), {}, 'NOT_FOUND')).toEqual([]);
    expect(await failed('x'.repeat(300), {}, 'FILE')).toEqual([`${'x'.repeat(300)} cannot be read: ENAMETOOLONG`]);
    const page = { fetch: async (): Promise<Response> => new Response('<html>') };
    expect(await failed(path, page, 'NOT_A_REGISTRY')).toEqual(['A web page answered: is the host right?']);
    const server = createRegistryServer();
    const isList = ({ url }: Request): boolean => url.includes('/manifests/sha256-');
    const closed = withFaults(server, [faults.refuse(403, { match: isList }), faults.noReferrers()]);
    await new Registry({ fetch: server }).push(reference, [{ name: 'a', content: 'artifact' }]);
    const [line] = await failed(path, { fetch: closed, credentials: () => undefined }, 'REFERRERS');
    expect(line).toMatch(/^Stored as sha256:[0-9a-f]{64}, but not listed$/);
  });
});
