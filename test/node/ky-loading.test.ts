import { expect, test, vi } from 'vitest';
import { itemsOf } from '../support/content.ts';
import { fakeRegistry, json, status } from '../support/fake-fetch.ts';

let loads = 0;
vi.mock('ky', async (original) => {
  loads++;
  return await original();
});

test('ky is loaded with the first request that is repeated, and once for all registries', async () => {
  const { registry } = fakeRegistry((_, number) => (number % 3 === 1 ? status(503) : json({ tags: ['a'] })));
  expect(await itemsOf(registry.tags('reg.test/a'))).toEqual(['a']);
  expect(loads).toBe(0);
  for (const name of ['reg.test/b', 'other.test/c']) expect(await itemsOf(registry.tags(name))).toEqual(['a']);
  expect(await itemsOf(registry.tags('third.test/d'))).toEqual(['a']);
  expect(loads).toBe(1);
});
