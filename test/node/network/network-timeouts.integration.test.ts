import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { NetworkError, Registry } from 'oras-js';
import { createFetch, type NetworkOptions } from 'oras-js/node';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fetch } from '../../../src/node/network/undici.ts';
import { rejection } from '../../support/content.ts';
import { startProxy } from '../../support/proxy.ts';

let silent: Server;
let address: string;
const sockets: Socket[] = [];

/** Takes every connection, and says nothing: no TLS comes about. */
beforeEach(async () => {
  silent = createServer((socket) => {
    socket.on('error', () => {});
    sockets.push(socket);
  });
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  address = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  silent.close();
  await once(silent, 'close');
});

async function failureOf(network: NetworkOptions, host = address): Promise<unknown> {
  const settings = { plainHttp: false, retry: { limit: 0 }, credentials: () => undefined };
  return rejection(new Registry({ ...settings, fetch: await createFetch(network) }).ping(host));
}

describe('createFetch: connectTimeout', () => {
  test('a connection that does not come about in time is a NetworkError that says so', async () => {
    const error = await failureOf({ proxy: 'none', connectTimeout: 50 });
    expect(error).toBeInstanceOf(NetworkError);
    expect(error).toMatchObject({
      message: `GET https://${address}/v2/ failed: no connection to ${address} in 0.05 s`,
      cause: { cause: { code: 'UND_ERR_CONNECT_TIMEOUT' } },
    });
  });

  test('holds through a proxy, too', async () => {
    const proxy = await startProxy();
    try {
      const error = await failureOf({ proxy: proxy.url, connectTimeout: 50 });
      expect(error).toMatchObject({
        code: 'NETWORK',
        message: expect.stringMatching(/no connection to \S+ in 0\.05 s$/),
      });
      expect(proxy.log).toEqual([`CONNECT ${address}`]);
    } finally {
      await proxy.close();
    }
  });

  test('holds for the proxy itself', async () => {
    const error = await failureOf({ proxy: `https://${address}`, connectTimeout: 50 }, 'reg.test');
    expect(error).toMatchObject({
      code: 'NETWORK',
      message: `GET https://reg.test/v2/ failed: no connection to ${address} in 0.05 s`,
    });
  });

  test('none with 0: a signal ends the waiting', async () => {
    const registry = new Registry({ plainHttp: false, fetch: await createFetch({ proxy: 'none', connectTimeout: 0 }) });
    const controller = new AbortController();
    const reason = new Error('enough');
    const failed = rejection(registry.ping(address, undefined, { signal: controller.signal }));
    await once(silent, 'connection');
    controller.abort(reason);
    expect(await failed).toBe(reason);
  });

  test.for([-1, Number.NaN])('%d is a mistake', async (connectTimeout) => {
    await expect(createFetch({ connectTimeout })).rejects.toThrow(RangeError);
  });
});

describe('createFetch: what undici says of time', () => {
  /** What a request fails with that undici ends for this reason. */
  async function saidOf(reason: Error): Promise<unknown> {
    const dispatcher = {
      dispatch(_: unknown, handler: { onError: (error: Error) => void }): boolean {
        handler.onError(reason);
        return false;
      },
    };
    return rejection(fetch('http://reg.test/', { dispatcher: dispatcher as never }));
  }
  const errorOf = (code: string, message: string): Error => Object.assign(new Error(message), { code });

  test.for([
    ['UND_ERR_HEADERS_TIMEOUT', 'Headers Timeout Error', 'no answer came for too long, or nothing could be sent'],
    ['UND_ERR_BODY_TIMEOUT', 'Body Timeout Error', 'nothing came for too long'],
    [
      'UND_ERR_CONNECT_TIMEOUT',
      'Connect Timeout Error (attempted addresses: 192.0.2.1:443, 192.0.2.2:443, timeout: 10000ms)',
      'no connection to 192.0.2.1:443, 192.0.2.2:443 in 10 s',
    ],
  ] as const)('%s', async ([code, message, words]) => {
    const expected = { name: 'TypeError', cause: { message: words, code } };
    expect(await saidOf(errorOf(code, message))).toMatchObject(expected);
    const deep = new Error('The proxy gives no connection', { cause: errorOf(code, message) });
    expect(await saidOf(deep)).toMatchObject(expected);
  });

  test('everything else stays as it is', async () => {
    const reason = errorOf('ECONNREFUSED', 'connect ECONNREFUSED');
    expect(await saidOf(reason)).toMatchObject({ name: 'TypeError', message: 'fetch failed', cause: reason });
  });
});
