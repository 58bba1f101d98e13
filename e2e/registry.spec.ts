import { existsSync, readdirSync } from 'node:fs';
import { expect, test } from 'playwright/test';
import { pull, push } from './client.ts';
import { Started } from './processes.ts';

interface StartOptions {
  input?: string;
  env?: Record<string, string>;
}

/** Starts the registry on a free port; `npm run build` must have been run. */
function start(args: readonly string[], options: StartOptions = {}): Started {
  return new Started(['demo/dist/registry.js', '--port', '0', ...args], options);
}

async function addressOf(registry: Started): Promise<string> {
  await registry.wrote(/Ctrl-C/);
  const [, address = ''] = await registry.wrote(/^Registry {2}http:\/\/(\S+)$/m);
  return address;
}

const hello = { files: [{ name: 'hello.txt', content: 'hi\n' }] };
const pulled = { files: [{ name: 'hello.txt', content: Buffer.from('hi\n') }] };

test('registry: what is pushed is pulled, and is there again with the same --storage', async () => {
  const storage = test.info().outputPath('a/storage');
  const first = start(['--storage', storage]);
  await push(`${await addressOf(first)}/hello:v1`, hello);
  expect(await first.end('SIGINT')).toMatchObject({ code: 0, errors: '' });
  const second = start(['--storage', storage]);
  expect(await pull(`${await addressOf(second)}/hello:v1`)).toMatchObject(pulled);
  expect(await second.end('SIGTERM')).toMatchObject({ code: 0, errors: '' });
  expect(second.output).toContain(`Content   in ${storage}\n`);
});

test('registry: without --storage it says that nothing is kept', async () => {
  const registry = start([]);
  const address = await addressOf(registry);
  expect(registry.output).toContain('Content   in memory');
  expect(registry.output).toContain(`oras push --plain-http ${address}/hello:v1`);
  expect(registry.output).toContain(`await new Registry().push('${address}/hello:v1'`);
  await push(`${address}/hello:v1`, hello);
  expect(await pull(`${address}/hello:v1`)).toMatchObject(pulled);
  await registry.end();
});

const basic = (password: string): { authorization: string } => ({ authorization: `Basic ${btoa(`eva:${password}`)}` });
for (const [how, args, options] of [
  ['in REGISTRY_PASSWORD', [], { env: { REGISTRY_PASSWORD: 'pass word' } }],
  ['from standard input', ['--password-stdin'], { input: 'pass word\n' }],
] as const) {
  test(`registry: --user with a password ${how}`, async () => {
    const registry = start(['--user', 'eva', ...args], options);
    const url = `http://${await addressOf(registry)}/v2/`;
    const statuses = [undefined, basic('wrong'), basic('pass word')].map(
      async (headers) => (await fetch(url, headers && { headers })).status,
    );
    expect(await Promise.all(statuses)).toEqual([401, 401, 200]);
    const { output, errors } = await registry.end();
    expect(output + errors).not.toContain('pass word');
  });
}

test('registry: no page may use it but those of --cors', async () => {
  const [closed, open] = [start([]), start(['--cors', 'http://page.test', '--cors', 'http://other.test'])];
  const startUpload = async (registry: Started, origin: string): Promise<[number, string | null]> => {
    const url = `http://${await addressOf(registry)}/v2/hello/blobs/uploads/`;
    const { status, headers } = await fetch(url, { method: 'POST', headers: { origin } });
    return [status, headers.get('access-control-allow-origin')];
  };
  expect(await startUpload(closed, 'http://page.test')).toEqual([403, null]);
  expect(await startUpload(open, 'http://page.test')).toEqual([202, 'http://page.test']);
  expect(await startUpload(open, 'http://other.test')).toEqual([202, 'http://other.test']);
  expect(await startUpload(open, 'http://third.test')).toEqual([403, null]);
  await Promise.all([closed.end(), open.end()]);
});

test('registry: --no-delete', async () => {
  const registry = start(['--no-delete']);
  const address = await addressOf(registry);
  await push(`${address}/hello:v1`, hello);
  expect((await fetch(`http://${address}/v2/hello/manifests/v1`, { method: 'DELETE' })).status).toBe(405);
  await registry.end();
});

test('registry: a taken port is an error that says what to do', async () => {
  const holder = start([]);
  const port = (await addressOf(holder)).split(':')[1]!;
  const { code, output, errors } = await start(['--port', port]).ended;
  expect([code, output]).toEqual([1, '']);
  expect(errors).toBe(
    `Port ${port} of 127.0.0.1 is in use by another program. Choose another with --port N, or any that is free with --port 0.\n`,
  );
  await holder.end();
});

test('registry: it warns when others can reach it', async () => {
  const open = start(['--host', '0.0.0.0']);
  await addressOf(open);
  // What it wrote to the one pipe may come after what it wrote later to the other.
  await open.end();
  expect(open.errors).toMatch(/^Warning: everybody who reaches 0\.0\.0\.0:\d+ can read and write everything\. /);
  expect(open.output).toContain('new Registry({ plainHttp: true }).push(');
  const user = start(['--host', '0.0.0.0', '--user', 'eva'], { env: { REGISTRY_PASSWORD: 'x' } });
  await addressOf(user);
  await user.end();
  expect(user.errors).toMatch(/^Warning: passwords travel unencrypted/);
});

test('registry: a storage that is a file is an error, and nothing listens', async () => {
  const { code, output, errors } = await start(['--storage', test.info().file]).ended;
  expect([code, output]).toEqual([1, '']);
  expect(errors).toMatch(/^Nothing can be stored in .*registry\.spec\.ts: EEXIST/);
});

for (const [wrong, message] of [
  [['--port', 'http'], '--port needs a number from 0 to 65535, not http'],
  [['--port', '65536'], '--port needs a number from 0 to 65535, not 65536'],
  [['--host', ''], '--host needs an address'],
  [['--storage', ''], '--storage needs a directory'],
  [['--user', 'eva'], '--user needs a password, in REGISTRY_PASSWORD or with --password-stdin'],
  [['--user', 'e:va'], '--user needs a name without a colon'],
  [['--password-stdin'], '--password-stdin needs --user'],
  [['--cors', '*'], '--cors needs an origin such as https://example.com, not *'],
  [['--cors', 'http://page.test/'], '--cors needs an origin such as https://example.com, not http://page.test/'],
  [['--unknown'], "Unknown option '--unknown'"],
  [['data'], "Unexpected argument 'data'"],
] as const) {
  test(`registry: ${wrong.join(' ')} is refused with what is wrong, and the usage`, async () => {
    const { code, output, errors } = await start(wrong, { env: { REGISTRY_PASSWORD: '' } }).ended;
    expect([code, output]).toEqual([2, '']);
    expect(errors).toContain(message);
    expect(errors).toContain('Usage: npm run registry');
  });
}

test('registry: --help shows the usage', async () => {
  const storage = test.info().outputPath('none');
  const { code, output, errors } = await start(['--help', '--storage', storage]).ended;
  expect([code, errors]).toEqual([0, '']);
  expect(output).toContain('Usage: npm run registry -- [options]');
  expect(existsSync(storage) ? readdirSync(storage) : []).toEqual([]);
});
