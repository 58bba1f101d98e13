import { describe, expect, test } from 'vitest';
import { readArchive } from '../../src/archive/reading/read-archive.ts';
import { readChunks } from '../../src/bytes/streams.ts';
import { itemsOf, rejection } from '../support/content.ts';
import { chunked, gzipped } from '../support/gzip-bytes.ts';
import { noise } from '../support/noise.ts';
import { joined, pax, tarHeader, tarOf, zeros } from '../support/tar-bytes.ts';
import { entriesOf, tree } from './entries.ts';

const mebibyte = 1024 * 1024;

/** A stream of these bytes, and then of the same block again and again. */
function repeated(start: Uint8Array, block: Uint8Array): { stream: ReadableStream<Uint8Array>; given(): number } {
  let given = 0;
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const chunk = given === 0 ? start : block;
        given += chunk.length;
        controller.enqueue(chunk.slice());
      },
    },
    { highWaterMark: 0 },
  );
  return { stream, given: () => given };
}

describe('archive limits', () => {
  test('an archive may have as many entries as the limit says, and no more', async () => {
    const bytes = tarOf(tree);
    expect(await entriesOf(bytes, { limits: { maxEntries: tree.length } })).toHaveLength(tree.length);
    await expect(entriesOf(bytes, { limits: { maxEntries: tree.length - 1 } })).rejects.toMatchObject({
      code: 'TOO_LARGE',
      limit: tree.length - 1,
      actual: tree.length,
      path: 'a/exact',
      message: expect.stringContaining('a/exact'),
    });
  });

  test('an archive may have as many bytes as the limit says, and no more', async () => {
    const { length: maxSize } = tarOf(tree);
    for (const bytes of [tarOf(tree), await gzipped(tarOf(tree))]) {
      expect(await entriesOf(bytes, { limits: { maxSize } }, 100)).toHaveLength(tree.length);
      await expect(entriesOf(bytes, { limits: { maxSize: maxSize - 1 } }, 100)).rejects.toMatchObject({
        code: 'TOO_LARGE',
        limit: maxSize - 1,
      });
    }
  });

  test('the error names the entry that was read when there were too many bytes', async () => {
    const reading = entriesOf(tarOf(tree), { limits: { maxSize: 3000 } }, 100);
    await expect(reading).rejects.toMatchObject({ code: 'TOO_LARGE', path: 'a/more' });
  });

  test('bytes behind the end of the tar count', async () => {
    const { stream, given } = repeated(tarOf(tree), zeros(65_536));
    const error = await rejection(itemsOf(readArchive(stream, { limits: { maxSize: mebibyte } })));
    expect(error).toMatchObject({ code: 'TOO_LARGE', limit: mebibyte });
    expect(given()).toBeLessThan(mebibyte + 2 * 65_536);
  });

  test('bytes behind the gzip stream do not count: they are not decompressed', async () => {
    const bytes = joined(await gzipped(tarOf(tree)), zeros(100_000));
    expect(await entriesOf(bytes, { limits: { maxSize: 20_000 } })).toHaveLength(tree.length);
  });

  test('headers without an end count', async () => {
    const part = tarOf([pax({ comment: 'c'.repeat(60_000) }, 'g')], zeros(0));
    const { stream, given } = repeated(part, part);
    const error = await rejection(itemsOf(readArchive(stream, { limits: { maxSize: mebibyte } })));
    expect(error).toMatchObject({ code: 'TOO_LARGE', limit: mebibyte, path: undefined });
    expect(given()).toBeLessThan(mebibyte + 2 * part.length);
  });

  test('T20: a bomb is stopped long before its end, with nothing left in memory', async () => {
    // A member of 64 MiB, again and again: 10 GiB, and no end.
    const block = await gzipped(zeros(64 * mebibyte));
    const start = await gzipped(
      tarHeader({ path: './bomb', size: Uint8Array.of(0x80, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0) }),
    );
    const { stream, given } = repeated(start, block);
    let read = 0;
    const reading = (async () => {
      for await (const entry of readArchive(stream, { limits: { maxRatio: 100 } })) {
        await readChunks(entry.stream(), ({ length }) => {
          read += length;
        });
      }
    })();
    const error = { code: 'TOO_LARGE', path: 'bomb', message: expect.stringContaining('"bomb"') };
    await expect(reading).rejects.toMatchObject(error);
    expect(read).toBeGreaterThan(16 * mebibyte);
    expect(read).toBeLessThan(32 * mebibyte);
    expect(given()).toBeLessThan(3 * block.length);
  });

  test('T20: what is skipped counts as well', async () => {
    const bomb = await gzipped(tarOf([{ path: 'bomb', content: zeros(40 * mebibyte) }]));
    const reading = itemsOf(readArchive(chunked(bomb, 1000).stream, { limits: { maxRatio: 10 } }));
    await expect(reading).rejects.toMatchObject({ code: 'TOO_LARGE', path: 'bomb' });
  });

  test('a small archive may be all zeros', async () => {
    const bytes = await gzipped(tarOf([{ path: 'zeros', content: zeros(15 * mebibyte) }]));
    expect(bytes.length).toBeLessThan(20_000);
    expect(await itemsOf(readArchive(chunked(bytes).stream, { limits: { maxRatio: 1 } }))).toHaveLength(1);
  });

  test('a file of nothing but zeros is no bomb by default', async () => {
    const bytes = await gzipped(tarOf([{ path: 'zeros', content: zeros(40 * mebibyte) }]));
    expect(await itemsOf(readArchive(chunked(bytes, 1000).stream))).toHaveLength(1);
  });

  test('an archive that is not compressed has no ratio', async () => {
    const bytes = tarOf([{ path: 'zeros', content: zeros(17 * mebibyte) }]);
    expect(await itemsOf(readArchive(chunked(bytes, 65_536).stream, { limits: { maxRatio: 1 } }))).toHaveLength(1);
  });

  test.for(['x', 'g', 'L', 'K'])('T19: a header %s of more than 1 MiB is not read', async (flag) => {
    const header = tarHeader({ flag, size: mebibyte + 1 });
    const { stream, given } = repeated(header, noise(1000, 1));
    const error = { code: 'TOO_LARGE', limit: mebibyte, actual: mebibyte + 1 };
    await expect(itemsOf(readArchive(stream))).rejects.toMatchObject(error);
    expect(given()).toBeLessThan(3000);
  });

  test('extended attributes of a file may be as large as systems let them be', async () => {
    const records = Object.fromEntries(
      ['a', 'b', 'c'].map((name) => [`SCHILY.xattr.user.${name}`, 'v'.repeat(65_536)]),
    );
    expect(await entriesOf(tarOf([pax(records), { path: 'a', content: 'a' }]))).toMatchObject([
      { path: 'a', content: 'a' },
    ]);
  });

  test.for([0, -1, 1.5, Number.NaN, '5'])('a limit of %j is a RangeError', async (value) => {
    for (const name of ['maxEntries', 'maxSize', 'maxRatio']) {
      const reading = itemsOf(readArchive(chunked(tarOf(tree)).stream, { limits: { [name]: value as number } }));
      await expect(reading).rejects.toThrow(RangeError);
    }
  });
});
