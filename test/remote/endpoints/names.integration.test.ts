import { isOrasError, packManifest, Registry } from 'oras-js';
import { expect, test } from 'vitest';
import { Reference } from '../../../src/oci/reference.ts';
import { RegistryClients } from '../../../src/remote/connection/registry-clients.ts';
import { listRepositories } from '../../../src/remote/endpoints/catalog.ts';
import { itemsOf } from '../../support/content.ts';
import { describeEachRegistry } from '../../support/registries.ts';

describeEachRegistry('lists of names', ({ name, host }) => {
  const repository = () => new Registry().repository(`${host}/lists/${crypto.randomUUID()}`);

  test('several tags are set, and listed in pages, from one on, and in natural order', async () => {
    const it = repository();
    const tags = ['v1', 'v2', 'v10', 'v9', 'latest'];
    const { descriptor } = await packManifest(it, { tags });
    await it.tag(descriptor, ['v11', 'v3', 'v4']);
    const natural = ['latest', 'v1', 'v2', 'v3', 'v4', 'v9', 'v10', 'v11'];
    for (const tag of natural) expect((await it.resolve(tag)).digest).toBe(descriptor.digest);
    expect(await itemsOf(it.tags({ order: 'natural' }))).toEqual(natural);
    for (const pageSize of [1, 3, 4, 8, 100]) {
      expect((await itemsOf(it.tags({ pageSize }))).sort()).toEqual([...natural].sort());
    }
    const all = await itemsOf(it.tags());
    const last = all[4]!;
    expect(await itemsOf(it.tags({ last }))).toEqual(all.slice(5));
    expect(await itemsOf(it.tags({ last, pageSize: 2 }))).toEqual(all.slice(5));
  });

  test('repositories are listed, where there is a catalog', async () => {
    const it = repository();
    await packManifest(it, { tags: ['v1'] });
    const clients = new RegistryClients({}, () => undefined);
    const connection = clients.to(new Reference({ host, repository: 'any' }));
    const list = itemsOf(listRepositories(connection, { pageSize: 5 }));
    const found = await list.catch((error: unknown) => {
      if (name !== 'olareg' || !isOrasError(error, 'UNSUPPORTED')) throw error;
    });
    if (found) expect(found).toContain(it.reference.repository);
  });
});
