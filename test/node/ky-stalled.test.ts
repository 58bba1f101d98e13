import { expect, test, vi } from 'vitest';
import { itemsOf, rejection } from '../support/content.ts';
import { fakeRegistry, refusal, status } from '../support/fake-fetch.ts';

vi.mock('ky', () => new Promise(() => {}));

test('while ky is loaded, an abort ends the call with its own reason', async () => {
  const { registry } = fakeRegistry(() => status(503));
  const stop = new AbortController();
  const listing = rejection(itemsOf(registry.tags('reg.test/busy', { signal: stop.signal })));
  const reason = new Error('enough');
  setTimeout(() => stop.abort(reason));
  expect(await listing).toBe(reason);
});

test('what is not repeated needs no ky: a refusal, an abort, a call without retries', async () => {
  const { registry } = fakeRegistry(({ url }) =>
    url.includes('/busy/') ? status(503) : refusal(404, 'NAME_UNKNOWN', ''),
  );
  expect(await rejection(itemsOf(registry.tags('reg.test/none')))).toMatchObject({ code: 'NOT_FOUND' });
  const once = { retry: { limit: 0 } };
  expect(await rejection(itemsOf(registry.tags('reg.test/busy', once)))).toMatchObject({ status: 503 });
});
