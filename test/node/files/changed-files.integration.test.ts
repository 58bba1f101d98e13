import { writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryStorage, OciLayout, pull, push, Registry } from 'oras-js';
import { DirectoryStorage } from 'oras-js/node';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openPath } from '../../../src/node/files/open-path.ts';
import { embeddedRegistry } from '../../support/registries.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'oras-js-changed-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('push: a file that changes before it is hashed is named in the error', async () => {
  const path = join(folder, 'a.txt');
  await writeFile(path, 'before');
  const file = await openPath(path);
  await writeFile(path, 'afterwards');
  const pushed = push(new OciLayout(new MemoryStorage()), 'v1', [file]);
  await expect(pushed).rejects.toMatchObject({ code: 'FILE', errno: 'NotReadableError', path: 'a.txt' });
});

test('push: a file that changes after it was hashed is no network failure', async () => {
  const path = join(folder, 'a.txt');
  await writeFile(path, 'before');
  const registry = new Registry();
  const reference = `${embeddedRegistry().host}/changed/file:v1`;
  const pushed = registry.push(reference, [path], {
    onProgress: ({ type }) => {
      if (type === 'start') writeFileSync(path, 'afterwards');
    },
  });
  await expect(pushed).rejects.toMatchObject({ code: 'FILE', errno: 'NotReadableError', path: 'a.txt' });
  await expect(registry.inspect(reference)).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('pull: what is at the place of a file is kept, be it a directory or a symlink', async () => {
  const layout = new OciLayout(new MemoryStorage());
  await push(
    layout,
    'v1',
    ['one', 'two'].map((name) => ({ name, content: name })),
  );
  await mkdir(join(folder, 'two'));
  const to = new DirectoryStorage(folder);
  await expect(pull(layout, 'v1', { to })).rejects.toMatchObject({ code: 'EXISTS', path: 'two' });
  await expect(pull(layout, 'v1', { to, overwrite: true })).rejects.toMatchObject({ code: 'EXISTS', path: 'two' });
  expect(await to.get('one')).toBeUndefined();
  await rm(join(folder, 'two'), { recursive: true });
  await symlink('elsewhere', join(folder, 'two'));
  await expect(pull(layout, 'v1', { to })).rejects.toMatchObject({ code: 'EXISTS', path: 'two' });
  await pull(layout, 'v1', { to, overwrite: true });
  expect(await (await to.get('two'))?.text()).toBe('two');
});
