import { describe, expect, test } from 'vitest';
import { fakeRegistry, status } from '../../support/fake-fetch.ts';

async function schemeFor(host: string, plainHttp?: boolean): Promise<string> {
  const { registry, requests } = fakeRegistry(() => status(200), { plainHttp });
  await registry.ping(host);
  return new URL(requests[0]!.url).protocol;
}

describe('plainHttp', () => {
  test.for([
    'localhost:5000',
    'LOCALHOST',
    '127.0.0.1:5000',
    '127.1:5000',
    '0x7f.1',
    '2130706433:5000',
    '[::1]:5000',
    '[0:0:0:0:0:0:0:1]:5000',
    '[::ffff:7f00:1]:5000',
  ])('is the default for this machine: %s', async (host) => {
    expect(await schemeFor(host)).toBe('http:');
    expect(await schemeFor(host, false)).toBe('https:');
  });

  test.for(['reg.test', '127.0.0.1.evil.com', 'localhost.evil.com', 'registry.localhost', '10.0.0.1', '[::2]'])(
    'is off by default for any other: %s',
    async (host) => {
      expect(await schemeFor(host)).toBe('https:');
      expect(await schemeFor(host, true)).toBe('http:');
    },
  );
});
