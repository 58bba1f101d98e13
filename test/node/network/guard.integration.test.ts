import type { LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { NetworkError, Registry } from 'oras-js';
import { createFetch, type RunningServer, serve } from 'oras-js/node';
import { createRegistryServer } from 'oras-js/server';
import { afterEach, describe, expect, test } from 'vitest';
import { publicLookup, refusePrivate } from '../../../src/node/network/guard.ts';
import { Agent, fetch } from '../../../src/node/network/undici.ts';
import { rejection } from '../../support/content.ts';
import { startProxy } from '../../support/proxy.ts';

const running: RunningServer[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((it) => it.close()));
});

/** A system that knows one name, which has these addresses. */
function lookupOf(...addresses: string[]): LookupFunction {
  const found = addresses.map((address): LookupAddress => ({ address, family: address.includes(':') ? 6 : 4 }));
  return (_, options, callback) => {
    if (options.all) callback(null, found);
    else callback(null, found[0]!.address, found[0]!.family);
  };
}

/** What a guarded lookup of a name with these addresses gives: the addresses, or the error. */
function looked(all: boolean, ...addresses: string[]): Promise<unknown> {
  return new Promise((resolve) => {
    publicLookup(lookupOf(...addresses))('registry.test', { all }, (error, address) => resolve(error ?? address));
  });
}

async function served(handler = createRegistryServer()): Promise<RunningServer & { requests: string[] }> {
  const requests: string[] = [];
  const server = await serve((request) => {
    requests.push(request.url);
    return handler(request);
  });
  running.push(server);
  return { ...server, requests };
}

describe('guardPrivateAddresses: the addresses of a name', () => {
  test.for([
    ['127.0.0.1'],
    ['10.1.2.3'],
    ['169.254.169.254'],
    ['192.168.0.1'],
    ['0.0.0.0'],
    ['::1'],
    ['::'],
    ['fe80::1%eth0'],
    ['fd00:ec2::254'],
    ['::ffff:127.0.0.1'],
    ['::ffff:169.254.169.254'],
    ['64:ff9b::10.0.0.1'],
    ['2002:a9fe:a9fe::'],
    ['2001:0:5ef5:79fd::1'],
    ['::ffff:0:10.0.0.1'],
    ['fec0::1%2'],
    ['168.63.129.16'],
    ['203.0.113.1'],
    ['93.184.216.34', '127.0.0.1'],
    ['2606:2800:220:1::1', '::1'],
  ])('%s: refused', async (addresses) => {
    for (const all of addresses.length > 1 ? [true] : [true, false]) {
      expect(await looked(all, ...addresses)).toMatchObject({
        code: 'EACCES',
        message: /^registry\.test is in a private/,
      });
    }
  });

  test('public ones are given as they are', async () => {
    expect(await looked(false, '93.184.216.34')).toBe('93.184.216.34');
    const both = ['93.184.216.34', '2606:2800:220:1::1'];
    expect((await looked(true, ...both)) as LookupAddress[]).toMatchObject(both.map((address) => ({ address })));
  });

  test('a name that is not known stays that', async () => {
    const unknown = Object.assign(new Error('getaddrinfo ENOTFOUND registry.test'), { code: 'ENOTFOUND' });
    // What the system gives with an error is nothing at all.
    const lookup = ((_, __, callback) => (callback as (error: Error) => void)(unknown)) as LookupFunction;
    const given = await new Promise((resolve) => publicLookup(lookup)('registry.test', {}, resolve));
    expect(given).toBe(unknown);
  });

  test('a connection is made only to what was checked', async () => {
    const { port, requests } = await served();
    const ask = (lookup: LookupFunction): Promise<Response> =>
      fetch(`http://registry.test:${port}/v2/`, { dispatcher: new Agent({ connect: { lookup } }) });
    // The server checks the name that it is asked for; what matters is that the request gets there, or does not.
    expect((await ask(lookupOf('127.0.0.1'))).status).toBe(421);
    const error = await rejection(ask(publicLookup(lookupOf('127.0.0.1'))));
    expect(error).toMatchObject({ cause: { code: 'EACCES' } });
    expect(requests).toEqual([]);
  });
});

describe('guardPrivateAddresses: what a URL says', () => {
  test('names and addresses are told apart', () => {
    for (const host of [
      '127.0.0.1',
      '0x7f.1',
      'localhost',
      '[::1]',
      'metadata.google.internal',
      'registry',
      'kubernetes.default.svc',
      'db.corp',
    ]) {
      expect(() => refusePrivate(`https://${host}/v2/`)).toThrow(/in a private network/);
    }
    refusePrivate('https://ghcr.io/v2/');
    refusePrivate(new URL('https://93.184.216.34:5000/v2/'));
  });
});

describe('guardPrivateAddresses: a client', () => {
  const guard = { guardPrivateAddresses: true, proxy: 'none' } as const;
  const delay = (): number => {
    throw new Error('It must not be tried again');
  };

  test.for(['127.0.0.1', 'localhost'])('gets no connection to %s, and does not try again', async (hostname) => {
    const { port, requests } = await served();
    const settings = { plainHttp: true, retry: { delay }, credentials: () => undefined };
    const open = new Registry({ ...settings, fetch: await createFetch({ proxy: 'none' }) });
    await open.ping(`${hostname}:${port}`);
    expect(requests).toHaveLength(1);
    const guarded = new Registry({ ...settings, fetch: await createFetch(guard) });
    const error = await rejection(guarded.ping(`${hostname}:${port}`));
    expect(error).toBeInstanceOf(NetworkError);
    expect(error).toMatchObject({ message: expect.stringContaining('in a private network') });
    expect(requests).toHaveLength(1);
  });

  test('a proxy may be in a private network, but not what is behind it', async () => {
    const proxy = await startProxy({ refuse: 502 });
    try {
      const { host, requests } = await served();
      const guarded = await createFetch({ ...guard, proxy: proxy.url });
      expect(await rejection(guarded(`http://${host}/v2/`))).toMatchObject({ cause: { code: 'EACCES' } });
      expect([proxy.log, requests]).toEqual([[], []]);
      // Nobody knows this name: only the proxy is asked for it.
      expect(await rejection(guarded('https://registry.invalid/v2/'))).toBeInstanceOf(TypeError);
      expect(proxy.log).toEqual(['CONNECT registry.invalid:443']);
    } finally {
      await proxy.close();
    }
  });
});
