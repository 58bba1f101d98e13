import { execFileSync } from 'node:child_process';
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { MemoryStorage, OciLayout, packFiles, pull, push, Registry } from 'oras-js';
import { createRegistryServer } from 'oras-js/server';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { pull as portablePull } from '../../src/actions/pull/pull.ts';
import { Registry as PortableRegistry } from '../../src/registry.ts';
import { rejection } from '../support/content.ts';

const folder = mkdtempSync(join(tmpdir(), 'oras-js-paths-'));
const out = join(folder, 'out');
const file = join(folder, 'README.md');
writeFileSync(file, '# hello');
beforeEach(() => rmSync(out, { recursive: true, force: true }));
afterAll(() => rmSync(folder, { recursive: true }));

const reference = 'localhost/org/paths:v1';
const registryWith = (): Registry => {
  const server = createRegistryServer();
  return new Registry({ credentials: () => undefined, fetch: async (url, init) => server(new Request(url, init)) });
};

describe('paths in Node', () => {
  test('a registry takes the path of one file, and that of a directory to pull to', async () => {
    const registry = registryWith();
    await registry.push(reference, file);
    const { files } = await registry.pull(reference, { to: out });
    expect(readFileSync(join(out, 'README.md'), 'utf8')).toBe('# hello');
    expect(await (await files[0]!.blob()).text()).toBe('# hello');
  });

  test('the functions of the entry take them, too', async () => {
    const layout = new OciLayout(new MemoryStorage());
    const { descriptor } = await push(layout, 'v1', [file]);
    expect((await packFiles(file)).descriptor).toEqual(descriptor);
    await pull(layout, 'v1', { to: out });
    expect(readdirSync(out)).toEqual(['README.md']);
  });

  test('hooks of the caller come first', async () => {
    const layout = new OciLayout(new MemoryStorage());
    const openPath = async (path: string): Promise<{ name: string; content: string }> => ({
      name: path,
      content: 'own',
    });
    await push(layout, 'v1', 'anything', { openPath });
    const to = new MemoryStorage();
    await pull(layout, 'v1', { to: 'anywhere', openDirectory: () => to });
    expect(await (await to.get('anything'))?.text()).toBe('own');
  });

  test('an AbortController is options', async () => {
    const abort = new AbortController();
    abort.abort(new Error('enough'));
    expect(await rejection(push(new OciLayout(new MemoryStorage()), 'v1', file, abort))).toBe(abort.signal.reason);
  });

  test('elsewhere they are UNSUPPORTED before anything is asked', async () => {
    const asked: string[] = [];
    const fetch = async (url: string): Promise<Response> => {
      asked.push(url);
      return new Response();
    };
    const registry = new PortableRegistry({ fetch });
    for (const work of [
      () => registry.pull(reference, { to: out }),
      () => portablePull(new OciLayout(new MemoryStorage()), 'v1', { to: out }),
      () => registry.push(reference, file),
    ]) {
      expect(await rejection(work())).toMatchObject({ code: 'UNSUPPORTED', feature: 'opening paths' });
    }
    expect(asked).toEqual([]);
  });

  test('a stream of Node is named in the TypeError, with what makes a web stream of it', async () => {
    for (const files of [Readable.from(['x']), [Readable.from(['x'])], { name: 'a', content: Readable.from(['x']) }]) {
      const error = await rejection(registryWith().push(reference, files as never));
      expect(error).toBeInstanceOf(TypeError);
      expect(String(error)).toContain('Readable.toWeb');
    }
    const layout = new OciLayout(new MemoryStorage());
    const content = Readable.toWeb(Readable.from([Buffer.from('streamed')])) as ReadableStream<Uint8Array>;
    expect((await push(layout, 'v1', { name: 'a', content })).manifest.layers[0]?.size).toBe(8);
  });
});

/** A layout with an artifact of files that are called like this, and have their name as content. */
async function layoutOf(...names: string[]): Promise<OciLayout> {
  const layout = new OciLayout(new MemoryStorage());
  const files = names.map((name) => ({ name, content: name }));
  await push(layout, 'v1', files);
  return layout;
}

describe.skipIf(process.platform === 'win32')('what is neither file nor directory', () => {
  const makers: readonly [string, (path: string) => unknown][] = [
    ['a pipe', (path) => execFileSync('mkfifo', [path])],
    ['a socket', (path) => new Promise<void>((resolve) => createServer().listen(path, resolve).unref())],
  ];
  test.for(makers)('%s in the place of a file is kept, unless it may be overwritten', async ([, make]) => {
    mkdirSync(out);
    await make(join(out, 'f'));
    const layout = await layoutOf('before', 'f');
    expect(await rejection(pull(layout, 'v1', { to: out }))).toMatchObject({ code: 'EXISTS', path: 'f' });
    expect([readdirSync(out), lstatSync(join(out, 'f')).isFile()]).toEqual([['f'], false]);
    await pull(layout, 'v1', { to: out, overwrite: true });
    expect(readFileSync(join(out, 'f'), 'utf8')).toBe('f');
  });

  test.for(makers)('%s where a directory must be: nothing is written', async ([, make]) => {
    mkdirSync(out);
    await make(join(out, 'f'));
    const layout = await layoutOf('before', 'f/g');
    expect(await rejection(pull(layout, 'v1', { to: out, overwrite: true }))).toMatchObject({
      code: 'EXISTS',
      path: 'f',
    });
    expect(readdirSync(out)).toEqual(['f']);
  });
});
