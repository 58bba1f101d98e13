import { Registry } from 'oras-js';
import { expect, test } from 'vitest';
import { itemsOf, rejection } from '../../support/content.ts';
import { describeEachRegistry } from '../../support/registries.ts';

describeEachRegistry('referrers and deletion', ({ host }) => {
  const fresh = (name: string): { registry: Registry; reference: string } => ({
    registry: new Registry(),
    reference: `${host}/graph/${name}-${crypto.randomUUID()}`,
  });

  test('what is attached is listed, by type too, until it is deleted', async () => {
    const { registry, reference } = fresh('referrers');
    const { descriptor: subject } = await registry.push(`${reference}:v1`, [{ name: 'a', content: 'a' }]);
    const attach = async (name: string) =>
      (await registry.push(reference, [{ name, content: name }], { artifactType: `test/${name}`, subject })).descriptor;
    const repository = registry.repository(reference);
    const list = async (artifactType?: string): Promise<string[]> =>
      (await itemsOf(repository.referrers(subject, { artifactType }))).map(({ digest }) => digest).sort();
    expect(await list()).toEqual([]);
    const [one, two] = [await attach('one'), await attach('two')];
    expect(await list()).toEqual([one.digest, two.digest].sort());
    expect(await list('test/two')).toEqual([two.digest]);
    await repository.delete(one);
    expect(await list()).toEqual([two.digest]);
    expect(await repository.exists(one)).toBe(false);
    await repository.delete(two);
    expect(await list()).toEqual([]);
    expect(await rejection(repository.delete(two))).toMatchObject({ code: 'NOT_FOUND' });
  });

  test('a tag is removed alone, also the last one', async () => {
    const { registry, reference } = fresh('untag');
    const { descriptor } = await registry.push(`${reference}:v1`, [{ name: 'a', content: 'a' }], { tags: ['v2'] });
    const repository = registry.repository(reference);
    await repository.untag('v1');
    expect(await rejection(repository.resolve('v1'))).toMatchObject({ code: 'NOT_FOUND' });
    expect((await repository.resolve('v2')).digest).toBe(descriptor.digest);
    await repository.untag('v2');
    expect(await itemsOf(repository.tags())).toEqual([]);
    expect(await repository.exists(descriptor)).toBe(true);
  });

  test('a blob is deleted', async () => {
    const { registry, reference } = fresh('blob');
    const { layers } = (await registry.push(`${reference}:v1`, [{ name: 'a', content: 'a' }])).manifest;
    await registry.repository(reference).delete(layers[0]!);
    expect(await registry.repository(reference).exists(layers[0]!)).toBe(false);
  });
});
