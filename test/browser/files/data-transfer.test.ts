import { packFiles } from 'oras-js';
import { describe, expect, test } from 'vitest';
import { filesFromDataTransfer } from '../../../src/browser/files/data-transfer.ts';
import { itemsOf } from '../../support/content.ts';
import { fakeFolder } from './entries.ts';

const hello = new File(['hello\n'], 'hello.txt', { type: 'text/plain' });
const data = new File(['[1,2]'], 'data.json', { type: 'application/json' });

function transferOf(...files: File[]): DataTransfer {
  const transfer = new DataTransfer();
  for (const file of files) transfer.items.add(file);
  return transfer;
}

/**
 * What a browser shows when a person drops files and folders, as scripts cannot put a folder into a DataTransfer: each item
 * gives its entry and its File until `takeBack`, which a browser calls when the handler has returned.
 */
function dropOf(...dropped: (File | FileSystemDirectoryEntry)[]): { transfer: DataTransfer; takeBack: () => void } {
  let isTaken = false;
  const items = dropped.map((it) => ({
    kind: 'file',
    webkitGetAsEntry: () => (isTaken ? null : it instanceof File ? { isDirectory: false, name: it.name } : it),
    // Of a folder it is a File that looks like any other.
    getAsFile: () => (isTaken ? null : it instanceof File ? it : new File([], it.name)),
  }));
  const takeBack = (): void => {
    isTaken = true;
  };
  return { transfer: { items } as unknown as DataTransfer, takeBack };
}

describe('filesFromDataTransfer', () => {
  test('gives the very files in their order', () => {
    const files = filesFromDataTransfer(transferOf(hello, data)) as File[];
    expect(files.map(({ name, type }) => [name, type])).toEqual([
      ['hello.txt', 'text/plain'],
      ['data.json', 'application/json'],
    ]);
    const [first, second] = filesFromDataTransfer(dropOf(data, hello).transfer);
    expect(first).toBe(data);
    expect(second).toBe(hello);
  });

  test('takes files and folders at the call: they can be read when the browser has taken the transfer back', async () => {
    const folders = ['a', 'b'].map((name) => fakeFolder(name, { 'x.txt': name }));
    const { transfer, takeBack } = dropOf(folders[0]!, hello, folders[1]!);
    const files = filesFromDataTransfer(transfer);
    takeBack();
    await Promise.resolve();
    expect(files.map(({ name }) => name)).toEqual(['a', 'hello.txt', 'b']);
    const { manifest } = await packFiles(files);
    expect(manifest.layers.map(({ mediaType }) => mediaType)).toEqual([
      'application/vnd.oci.image.layer.v1.tar+gzip',
      'application/vnd.oci.image.layer.v1.tar',
      'application/vnd.oci.image.layer.v1.tar+gzip',
    ]);
  });

  test('gives a folder as a directory, and reads nothing of it by itself', async () => {
    const calls: string[] = [];
    const folder = fakeFolder('photos', { 'a.txt': 'a', sub: {} }, { calls });
    const [given] = filesFromDataTransfer(dropOf(folder).transfer);
    expect(given).toMatchObject({ name: 'photos' });
    expect(calls).toEqual([]);
    if (!given || !('directory' in given)) throw new Error('It is no directory');
    expect(await itemsOf(given.directory.list())).toEqual([
      { path: 'a.txt', type: 'file' },
      { path: 'sub', type: 'directory' },
    ]);
  });

  test('leaves out text that was dropped', () => {
    const transfer = transferOf(hello);
    transfer.setData('text/plain', 'only words');
    expect(transfer.items).toHaveLength(2);
    expect(filesFromDataTransfer(transfer).map(({ name }) => name)).toEqual(['hello.txt']);
  });

  test('gives nothing when nothing was dropped', () => {
    expect(filesFromDataTransfer(new DataTransfer())).toEqual([]);
  });
});
