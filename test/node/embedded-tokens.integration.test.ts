import { Registry } from 'oras-js';
import { type RunningServer, serve } from 'oras-js/node';
import { createRegistryServer } from 'oras-js/server';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { digestOf } from '../../src/oci/digest.ts';
import { noise } from '../support/noise.ts';

const alice = { username: 'alice', password: 's3cret-pass' };
const lifetime = 100;

let server: RunningServer;
let log: string[];
let passed: number;
/** Called before a request is answered. */
let onRequest: (request: Request) => void;

beforeEach(async () => {
  log = [];
  passed = 0;
  onRequest = () => {};
  const auth = { scheme: 'bearer' as const, users: { alice: alice.password }, tokenLifetime: lifetime };
  const registry = createRegistryServer({ auth, now: () => Date.now() + passed });
  server = await serve((request) => {
    log.push(`${request.method} ${new URL(request.url).pathname}`);
    onRequest(request);
    return registry(request);
  });
});
afterEach(() => server.close());

const client = (): Registry => new Registry({ credentials: alice, retry: { delay: () => 0 } });
const endTokens = (): void => {
  passed += (lifetime + 1) * 1000;
};
const asked = (): number => log.splice(0).filter((line) => line.endsWith(' /token')).length;

describe('tokens of the embedded registry over HTTP', () => {
  test('a hundred pulls at a time make one request for a token', async () => {
    const reference = `${server.host}/org/hello:v1`;
    await client().push(reference, [{ name: 'hello.txt', content: 'hi\n' }]);
    asked();
    const registry = client();
    const pulls = Array.from({ length: 100 }, async () => (await registry.pull(reference)).files[0]!.blob());
    const texts = await Promise.all((await Promise.all(pulls)).map((blob) => blob.text()));
    expect(new Set(texts)).toEqual(new Set(['hi\n']));
    expect(asked()).toBe(1);
  });

  // Of what is refused the server reads 16 MiB and then hangs up, so the client may see the refusal, or a broken connection.
  test.each([1, 24])('%i MiB whose token ends after the upload began are stored', async (size) => {
    const bytes = noise(size * 1024 * 1024, size);
    let ended = false;
    onRequest = ({ method, url }) => {
      if (ended || method !== 'PUT' || !url.includes('/uploads/')) return;
      ended = true;
      endTokens();
    };
    const reference = `${server.host}/org/big:v1`;
    await client().push(reference, [{ name: 'big.bin', content: new Blob([bytes]) }]);
    expect(ended).toBe(true);
    const { files } = await client().pull(reference);
    expect(digestOf(new Uint8Array(await (await files[0]!.blob()).arrayBuffer()))).toBe(digestOf(bytes));
  });
});
