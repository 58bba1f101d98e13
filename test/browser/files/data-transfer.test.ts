import { describe, expect, test } from 'vitest';
import { filesFromDataTransfer } from '../../../src/browser/files/data-transfer.ts';

const hello = new File(['hello\n'], 'hello.txt', { type: 'text/plain' });
const data = new File(['[1,2]'], 'data.json', { type: 'application/json' });

async function all(files: AsyncIterable<File>): Promise<File[]> {
  const found: File[] = [];
  for await (const file of files) found.push(file);
  return found;
}

function transferOf(...files: File[]): DataTransfer {
  const transfer = new DataTransfer();
  for (const file of files) transfer.items.add(file);
  return transfer;
}

/** Scripts cannot put a folder into a DataTransfer, so this one is what a browser shows when a person drops one. */
function droppedFolder(name: string, ...files: File[]): DataTransfer {
  const folder = {
    kind: 'file',
    type: '',
    webkitGetAsEntry: () => ({ isDirectory: true, isFile: false, name }),
    getAsFile: () => new File([], name),
  };
  return { items: [...transferOf(...files).items, folder] } as unknown as DataTransfer;
}

describe('filesFromDataTransfer', () => {
  test('gives the files in their order, with name, type and bytes', async () => {
    const files = await all(filesFromDataTransfer(transferOf(hello, data)));
    expect(files.map(({ name, type }) => [name, type])).toEqual([
      ['hello.txt', 'text/plain'],
      ['data.json', 'application/json'],
    ]);
    expect(await Promise.all(files.map((file) => file.text()))).toEqual(['hello\n', '[1,2]']);
  });

  test('takes the files at the call: they are there when the browser has emptied the transfer', async () => {
    const transfer = transferOf(hello, data);
    const files = filesFromDataTransfer(transfer);
    transfer.items.clear();
    await Promise.resolve();
    expect(await all(files)).toHaveLength(2);
  });

  test('leaves out text that was dropped', async () => {
    const transfer = transferOf(hello);
    transfer.setData('text/plain', 'only words');
    expect(transfer.items).toHaveLength(2);
    expect((await all(filesFromDataTransfer(transfer))).map(({ name }) => name)).toEqual(['hello.txt']);
  });

  test('gives nothing when nothing was dropped', async () => {
    expect(await all(filesFromDataTransfer(new DataTransfer()))).toEqual([]);
  });

  test('a folder is refused by name before the first file is given', async () => {
    const files = filesFromDataTransfer(droppedFolder('photos', hello))[Symbol.asyncIterator]();
    await expect(files.next()).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      feature: 'dropped folders',
      message: expect.stringContaining('"photos" is a folder'),
    });
  });
});
