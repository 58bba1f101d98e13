import { type Descriptor, isOrasError, packIndex, packManifest, pushBlob, Registry } from 'oras-js';
import { expect, test } from 'vitest';
import { describeEachRegistry } from './support/registries.ts';

async function all<T>(list: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of list) items.push(item);
  return items;
}

describeEachRegistry('Registry', ({ host, name }) => {
  const registry = new Registry();
  const artifactType = 'application/vnd.example.note';
  const note = { name: 'note.txt', content: 'a note\n' };
  const nameOf = (): string => `${host}/graph/${crypto.randomUUID()}`;
  const push = async (reference: string, content = 'the content\n'): Promise<Descriptor> =>
    (await registry.push(reference, { name: 'text.txt', content })).descriptor;

  test('attach and discover: a tree of what is attached', async () => {
    const repository = nameOf();
    const subject = await push(`${repository}:v1`);
    const first = await registry.attach(`${repository}:v1`, note, { artifactType });
    expect(first.reference).toBe(`${repository}@${first.descriptor.digest}`);
    const second = await registry.attach(first.reference, note, { artifactType: 'application/vnd.example.other' });
    const found = await all(registry.discover(`${repository}:v1`));
    expect(found.map(({ depth, subject, descriptor }) => [depth, subject, descriptor.digest])).toEqual([
      [1, subject.digest, first.descriptor.digest],
      [2, first.descriptor.digest, second.descriptor.digest],
    ]);
    expect(new Set(found.map(({ source }) => source))).toEqual(new Set([name === 'docker-registry' ? 'tag' : 'api']));
    const notes = await all(registry.discover(`${repository}:v1`, { artifactType, depth: 1 }));
    expect(notes.map(({ descriptor }) => descriptor.digest)).toEqual([first.descriptor.digest]);
    expect(await all(registry.tags(repository))).toContain('v1');
  });

  test('copy: an artifact with its referrers has the same digests elsewhere', async () => {
    const [from, to] = [nameOf(), nameOf()];
    const subject = await push(`${from}:v1`);
    await registry.attach(`${from}:v1`, note, { artifactType });
    const result = await registry.copy(`${from}:v1`, to, { recursive: true });
    expect(result.descriptor.digest).toBe(subject.digest);
    const digests = async (repository: string): Promise<string[]> =>
      (await all(registry.discover(`${repository}:v1`))).map(({ descriptor }) => descriptor.digest);
    expect(await digests(to)).toEqual(await digests(from));
    const { files } = await registry.pull(`${to}:v1`);
    expect(await (await files[0]?.blob())?.text()).toBe('the content\n');
    await registry.copy(`${from}:v1`, `${to}:v2`);
    expect((await registry.inspect(`${to}:v2`)).descriptor.digest).toBe(subject.digest);
  });

  test('mirror: tells about each tag, and copies nothing the second time', async () => {
    const [from, to] = [nameOf(), nameOf()];
    for (const tag of ['v1', 'v2']) await push(`${from}:${tag}`, tag);
    const actions = async (): Promise<string[]> =>
      (await all(registry.mirror(from, to))).map(({ tag, action }) => `${tag} ${action}`).sort();
    expect(await actions()).toEqual(['v1 copied', 'v2 copied']);
    await push(`${from}:v2`, 'moved');
    expect(await actions()).toEqual(['v1 equal', 'v2 updated']);
  });

  test('tag and untag: set several tags, and remove one of them alone', async () => {
    const repository = nameOf();
    const { digest } = await push(`${repository}:v1`);
    expect((await registry.tag(`${repository}:v1`, ['v1.0', 'v1.0.0', 'latest'])).digest).toBe(digest);
    await registry.untag(`${repository}:v1.0`);
    expect((await all(registry.tags(repository, { order: 'natural' }))).sort()).toEqual(['latest', 'v1', 'v1.0.0']);
    expect((await registry.inspect(`${repository}:latest`)).descriptor.digest).toBe(digest);
    const error = await registry.untag(`${repository}@${digest}`).catch((error: unknown) => error);
    expect(isOrasError(error, 'INVALID_REFERENCE')).toBe(true);
  });

  test('delete: removes a manifest with all its tags', async () => {
    const repository = nameOf();
    const { digest } = await push(`${repository}:v1`);
    await push(`${repository}:v2`, 'stays');
    await registry.tag(`${repository}:v1`, 'old');
    expect((await registry.delete(`${repository}:v1`)).digest).toBe(digest);
    expect(await all(registry.tags(repository))).toEqual(['v2']);
    const error = await registry.delete(`${repository}:v1`).catch((error: unknown) => error);
    expect(isOrasError(error, 'NOT_FOUND')).toBe(true);
  });

  test('config: is that of the image for a platform', async () => {
    const repository = registry.repository(`${nameOf()}:v1`);
    const manifests: Descriptor[] = [];
    for (const architecture of ['amd64', 'arm64']) {
      const image = {
        architecture,
        os: 'linux',
        config: { Env: [`ARCH=${architecture}`] },
        rootfs: { type: 'layers', diff_ids: [] },
      };
      const mediaType = 'application/vnd.oci.image.config.v1+json';
      const config = await pushBlob(repository, JSON.stringify(image), { mediaType });
      manifests.push((await packManifest(repository, { config })).descriptor);
    }
    await packIndex(repository, { manifests, tags: ['v1'] });
    const { architecture, config } = await registry.config(repository.reference, { platform: 'linux/arm64' });
    expect([architecture, config?.Env]).toEqual(['arm64', ['ARCH=arm64']]);
    const error = await registry.config(repository.reference).catch((error: unknown) => error);
    expect(isOrasError(error, 'UNSUPPORTED')).toBe(true);
  });

  test('repositories: has what was pushed to', async () => {
    const repository = nameOf();
    await push(`${repository}:v1`);
    const found = await all(registry.repositories(host)).catch((error: unknown) => error);
    // olareg has no catalog unless it is asked for.
    if (name === 'olareg') expect(isOrasError(found, 'UNSUPPORTED')).toBe(true);
    else expect(found).toContain(repository.slice(host.length + 1));
  });
});
