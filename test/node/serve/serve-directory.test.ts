import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestOf } from 'oras-js';
import { DirectoryStorage } from 'oras-js/node';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { emptyBlob, manifestOf, TestClient } from '../../server/client.ts';

let directory: string;
let client: TestClient;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'oras-js-registry-'));
  client = new TestClient({ storage: new DirectoryStorage(directory) });
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

const files = (): string[] =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(directory.length + 1))
    .sort();

describe('a registry in a directory', () => {
  test('it is made of image layouts and nothing else', async () => {
    const blob = await client.pushBlob('a/b', emptyBlob);
    const manifest = await client.pushManifest('a/b', manifestOf(), 'v1');
    const location = await client.startUpload('a/b');
    await client.patch(location, 0, 'hello');
    await client.send('DELETE', location);
    const paths = [blob, manifest].map((digest) => `a/b/_layout/blobs/${digest.replace(':', '/')}`).sort();
    expect(files()).toEqual([...paths, 'a/b/_layout/index.json', 'a/b/_layout/oci-layout']);
  });

  test('reading goes on while tags move: nobody sees half an index', async () => {
    await client.pushBlob('a', emptyBlob);
    await client.pushManifest('a', manifestOf(), 'v1');
    let isDone = false;
    const answers = new Set<number>();
    const read = async (): Promise<void> => {
      while (!isDone) {
        const response = await client.send('GET', 'a/manifests/v1');
        await response.text();
        answers.add(response.status);
      }
    };
    const readers = [read(), read(), read()];
    for (let n = 0; n < 60; n++) {
      await client.pushManifest('a', manifestOf({ annotations: { n: `${n % 3}` } }), n % 2 ? 'v1' : `t${n}`);
    }
    isDone = true;
    await Promise.all(readers);
    expect([...answers]).toEqual([200]);
    expect(client.errors).toEqual([]);
  });

  test('a download goes on while the same blob is pushed again', async () => {
    const bytes = new Uint8Array(10_000_000).fill(7);
    const digest = await client.pushBlob('a', bytes);
    const response = await client.send('GET', `a/blobs/${digest}`);
    await client.pushBlob('a', bytes);
    expect(digestOf(new Uint8Array(await response.arrayBuffer()))).toBe(digest);
  });

  test('a blob that is a symlink is not there (T26), and a repository that is one is an error without its path', async () => {
    const secret = join(directory, 'secret');
    writeFileSync(secret, 'secret');
    const digest = await client.pushBlob('a', emptyBlob);
    const file = join(directory, 'a/_layout/blobs', digest.replace(':', '/'));
    renameSync(file, `${file}.moved`);
    symlinkSync(secret, file);
    expect((await client.send('GET', `a/blobs/${digest}`)).status).toBe(404);
    mkdirSync(join(directory, 'outside'));
    symlinkSync('outside', join(directory, 'b'));
    const response = await client.send('GET', `b/blobs/${digest}`);
    expect([response.status, await response.text()]).toEqual([500, expect.not.stringContaining(directory)]);
    expect(client.errors).toMatchObject([{ code: 'UNSAFE_PATH' }]);
  });
});
