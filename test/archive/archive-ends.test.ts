import { describe, expect, test } from 'vitest';
import { readArchive } from '../../src/archive/reading/read-archive.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { bytesOf, itemsOf } from '../support/content.ts';
import { chunked, gzipped } from '../support/gzip-bytes.ts';
import { noise } from '../support/noise.ts';
import { joined, pax, type TarPart, tarOf, zeros } from '../support/tar-bytes.ts';
import { entriesOf, tree } from './entries.ts';

describe('archives: where they end', () => {
  const compressed = gzipped(tarOf(tree));
  const ends: [string, Uint8Array][] = [
    ['two blocks of zeros', zeros(1024)],
    ['one block of zeros', zeros(512)],
    ['one block of zeros and a part of another', zeros(700)],
    ['nothing', zeros(0)],
    ['10 KiB of zeros', zeros(10_240)],
    ['zeros, then anything', joined(zeros(1024), bytesOf('anything'))],
    ['zeros, then another tar', joined(zeros(1024), tarOf([{ path: '../x' }]))],
  ];

  test.for(ends)('a tar ends with %s, and every byte is read', async ([, end]) => {
    const { length } = tree;
    const tar = tarOf(tree, end);
    const { stream, given } = chunked(tar, 777);
    let bytes = zeros(0);
    const entries = await itemsOf(readArchive(stream, { onTarBytes: (chunk) => (bytes = joined(bytes, chunk)) }));
    expect(entries).toHaveLength(length);
    expect(given()).toBe(tar.length);
    expect(digestOf(bytes)).toBe(digestOf(tar));
  });

  test.for([
    ['512 zeros', zeros(512)],
    ['other bytes', bytesOf('other')],
  ] as const)('U1: behind a gzip stream %s are read, and are not of the tar', async ([, trailing]) => {
    const all = joined(await compressed, trailing);
    const { stream, given } = chunked(all, 100);
    let size = 0;
    const onTarBytes = ({ length }: Uint8Array): void => {
      size += length;
    };
    expect(await itemsOf(readArchive(stream, { onTarBytes }))).toHaveLength(tree.length);
    expect(given()).toBe(all.length);
    expect(size).toBe(tarOf(tree).length);
  });

  test('an archive is cut off wherever else it stops', async () => {
    const parts: TarPart[] = [{ path: 'a', content: 'a' }, pax({ path: 'b' }), { path: 'x', content: 'b'.repeat(600) }];
    const tar = tarOf(parts, zeros(0));
    const boundaries = [1024, tar.length];
    for (let length = 1; length <= tar.length; length += length % 512 === 511 || length % 512 === 0 ? 1 : 73) {
      const isWhole = boundaries.includes(length);
      const reading = entriesOf(tar.subarray(0, length));
      if (isWhole) expect((await reading).length).toBe(length === 1024 ? 1 : 2);
      else await expect(reading, `${length} bytes`).rejects.toMatchObject({ code: 'INVALID_ARCHIVE' });
    }
  });

  test('an archive is cut off in the content of a label', async () => {
    const bytes = tarOf([{ path: 'Label', flag: 'V', content: 'l'.repeat(600) }], zeros(0));
    await expect(entriesOf(bytes.subarray(0, 700))).rejects.toMatchObject({ code: 'INVALID_ARCHIVE' });
  });

  test('a file that is cut off is named, to who reads it and to who does not', async () => {
    const tar = tarOf([{ path: './a/b', content: 'b'.repeat(5000) }]).subarray(0, 4000);
    const error = { code: 'INVALID_ARCHIVE', path: 'a/b', message: expect.stringContaining('"a/b"') };
    await expect(entriesOf(tar)).rejects.toMatchObject(error);
    await expect(itemsOf(readArchive(chunked(tar).stream))).rejects.toMatchObject(error);
  });

  test('a compressed archive is an error wherever it is cut off', async () => {
    const bytes = await gzipped(tarOf([{ path: 'a', content: noise(700, 1) }]));
    for (let length = 0; length < bytes.length; length += 13) {
      const reading = itemsOf(readArchive(chunked(bytes.subarray(0, length)).stream));
      await expect(reading, `${length} bytes`).rejects.toMatchObject({ code: 'INVALID_ARCHIVE' });
    }
  });

  const other: [string, Uint8Array | Promise<Uint8Array>][] = [
    ['empty', zeros(0)],
    ['compressed nothing', gzipped(zeros(0))],
    ['text', bytesOf('{}')],
    ['a page', bytesOf('<!doctype html>'.padEnd(2000))],
    ['compressed text', gzipped(bytesOf('text'.repeat(1000)))],
    ['zip', Uint8Array.of(0x50, 0x4b, 3, 4, ...noise(1000, 1))],
    ['zstd', Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, ...noise(1000, 1))],
    ['noise', noise(5000, 5)],
  ];
  test.for(other)('what is %s is no archive', async ([, bytes]) => {
    await expect(entriesOf(await bytes)).rejects.toMatchObject({ code: 'INVALID_ARCHIVE', path: undefined });
  });
});
