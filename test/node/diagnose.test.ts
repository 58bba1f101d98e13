import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { diagnose } from '../../src/remote/connection/diagnose.ts';
import { broken, fakeFetch } from '../support/fake-fetch.ts';

beforeEach(() => {
  vi.stubGlobal('location', new URL('https://page.test/'));
});
afterEach(() => {
  vi.unstubAllGlobals();
});

describe('diagnose: in a page on https', () => {
  test('plain http is not mixed with it', async () => {
    const found = await diagnose(fakeFetch(broken).fetch, 'http://reg.test');
    expect(found.problems).toEqual(['mixed-content']);
    expect(found.advice).toEqual([expect.stringContaining('over https')]);
  });

  test('a registry on this machine may need a permission', async () => {
    const found = await diagnose(fakeFetch(broken).fetch, 'http://127.0.0.1:5000');
    expect(found.problems).toEqual(['unreachable', 'local-network']);
    expect(found.advice).toHaveLength(2);
  });

  test('an answer that cannot be read lacks the headers for it', async () => {
    const { fetch } = fakeFetch(({ init }) => (init.mode === 'no-cors' ? Response.error() : broken()));
    const found = await diagnose(fetch, 'https://reg.test');
    expect(found.problems).toEqual(['cors']);
    expect(found.advice).toContain('Access-Control-Allow-Origin: https://page.test');
  });
});
