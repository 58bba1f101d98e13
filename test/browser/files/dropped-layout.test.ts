import { MemoryStorage, OciLayout, pull, push, ReadOnlyOciLayout } from 'oras-js';
import { FileListStorage } from 'oras-js/browser';
import { expect, test } from 'vitest';
import { noise } from '../../support/noise.ts';

/** The files of a storage as those of a folder that was chosen. */
async function chosen(storage: MemoryStorage, folder: string): Promise<File[]> {
  const files: File[] = [];
  for await (const { path } of storage.list()) {
    const file = new File([(await storage.get(path))!], path.slice(path.lastIndexOf('/') + 1));
    files.push(Object.defineProperty(file, 'webkitRelativePath', { value: `${folder}/${path}` }));
  }
  return files;
}

test('a folder of files is a layout to pull from', async () => {
  const storage = new MemoryStorage();
  const big = noise(300_000, 1);
  await push(new OciLayout(storage), 'v1', [
    { name: 'hello.txt', content: 'hello' },
    { name: 'data/big.bin', content: big },
  ]);
  const files = await chosen(storage, 'my layout');
  files.push(new File(['beside'], 'index.json'));
  const layout = new ReadOnlyOciLayout(new FileListStorage(files, { folder: 'my layout' }));
  const to = new MemoryStorage();
  const { files: pulled } = await pull(layout, 'v1', { to });
  expect(pulled.map(({ name }) => name)).toEqual(['hello.txt', 'data/big.bin']);
  expect(await (await to.get('hello.txt'))?.text()).toBe('hello');
  const copy = new Uint8Array(await (await to.get('data/big.bin'))!.arrayBuffer());
  expect(copy.every((byte, index) => byte === big[index]) && copy.length === big.length).toBe(true);
});
