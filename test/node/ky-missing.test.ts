import { expect, test, vi } from 'vitest';
import { itemsOf, rejection } from '../support/content.ts';
import { broken, fakeRegistry, json, refusal, status } from '../support/fake-fetch.ts';

vi.mock('ky', () => {
  throw new TypeError('Failed to fetch dynamically imported module');
});

test('where ky cannot be loaded, the first failure is the last, and is told as always', async () => {
  const { registry, requests } = fakeRegistry(({ url }) => {
    if (url.includes('/busy/')) return refusal(503, 'BUSY', 'later');
    if (url.includes('/none/')) return refusal(404, 'NAME_UNKNOWN', 'no such repository');
    return url.includes('/broken/') ? broken() : json({ tags: ['a'] });
  });
  const tags = (name: string): Promise<unknown> => itemsOf(registry.tags(`reg.test/${name}`));
  expect(await rejection(tags('busy'))).toMatchObject({ code: 'REGISTRY', status: 503, errors: [{ code: 'BUSY' }] });
  expect(await rejection(tags('none'))).toMatchObject({ code: 'NOT_FOUND', status: 404 });
  expect(await rejection(tags('broken'))).toMatchObject({ code: 'NETWORK' });
  expect(await tags('fine')).toEqual(['a']);
  expect(requests).toHaveLength(4);
});

test('and an answer that may have any status is given', async () => {
  const { registry } = fakeRegistry(() => status(503));
  expect(await rejection(registry.ping('reg.test'))).toMatchObject({ code: 'REGISTRY', status: 503 });
});
