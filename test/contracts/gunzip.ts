import { describe, expect, test } from 'vitest';
import { crc32 } from '../../src/archive/crc32.ts';
import { readAll, readChunks, streamFrom } from '../../src/bytes/streams.ts';
import { tap } from '../../src/bytes/tap.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { bytesOf, endlessStream, rejection } from '../support/content.ts';
import { chunked, gzipped } from '../support/gzip-bytes.ts';
import { noise } from '../support/noise.ts';
import { joined, zeros } from '../support/tar-bytes.ts';

/** What `#gunzip` is in some runtime. */
export type Gunzip = (stream: ReadableStream<Uint8Array>, signal?: AbortSignal) => ReadableStream<Uint8Array>;

const text = bytesOf('Fees are due on the first day of the month. '.repeat(3000));
const other = bytesOf('another member');

/** A member made by hand: header fields, raw deflate, checksum and size of the content. */
function member(
  content: Uint8Array,
  { flags = 0, fields = zeros(0) as Uint8Array, method = 8 } = {},
): Uint8Array<ArrayBuffer> {
  const header = Uint8Array.of(0x1f, 0x8b, method, flags, 0, 0, 0, 0, 0, 0xff);
  const { length } = content;
  const stored = Uint8Array.of(1, length & 0xff, length >> 8, ~length & 0xff, (~length >> 8) & 0xff);
  const trailer = new DataView(new ArrayBuffer(8));
  trailer.setUint32(0, crc32(content), true);
  trailer.setUint32(4, length, true);
  return joined(header, fields, stored, content, new Uint8Array(trailer.buffer));
}

function headerCrc(flags: number, fields: Uint8Array): Uint8Array {
  const crc = crc32(joined(Uint8Array.of(0x1f, 0x8b, 8, flags, 0, 0, 0, 0, 0, 0xff), fields));
  return joined(fields, Uint8Array.of(crc & 0xff, (crc >> 8) & 0xff));
}

function changed(bytes: Uint8Array, at: number): Uint8Array<ArrayBuffer> {
  const copy = Uint8Array.from(bytes);
  const index = at < 0 ? copy.length + at : at;
  copy[index] = copy[index]! ^ 0x10;
  return copy;
}

/** Runs the same on every way to decompress gzip: they take and refuse the same. */
export function describeGunzip(name: string, gunzip: Gunzip): void {
  const read = (bytes: Uint8Array, size?: number): Promise<Uint8Array> =>
    readAll(gunzip(chunked(bytes, size).stream), Number.POSITIVE_INFINITY);
  // One by one, the bytes take longer to compare than to read.
  const expectSame = (actual: Uint8Array, expected: Uint8Array): void =>
    expect(digestOf(actual)).toBe(digestOf(expected));

  describe(`${name}: gzip`, () => {
    const whole = gzipped(text);

    test.for([1, 7, 1000, 65_536])('gives the content when it comes in chunks of %i bytes', async (size) => {
      expectSame(await read(await whole, size), text);
    });

    test.for([1, 7, 1000, 65_536])('gives all of several members in chunks of %i bytes', async (size) => {
      const members = joined(await whole, await gzipped(zeros(0)), member(other), await whole);
      expectSame(await read(members, size), joined(text, other, text));
    });

    test('gives all of many small members', async () => {
      const members = Array.from({ length: 500 }, (_, index) => member(bytesOf(`${index}\n`)));
      const lines = new TextDecoder().decode(await read(joined(...members), 777)).split('\n');
      expect(lines).toHaveLength(501);
      expect(lines[499]).toBe('499');
    });

    test('gives no bytes when the content has none', async () => {
      expect(await read(await gzipped(zeros(0)))).toEqual(zeros(0));
    });

    test('gives what does not get smaller', async () => {
      const content = noise(300_000, 7);
      expectSame(await read(await gzipped(content), 10_000), content);
    });

    test('gives what gets a thousand times smaller, in small pieces', async () => {
      const sizes: number[] = [];
      await readChunks(
        gunzip(chunked(await gzipped(zeros(8_000_000))).stream),
        ({ length }) => void sizes.push(length),
      );
      expect(sizes.reduce((sum, size) => sum + size)).toBe(8_000_000);
      expect(Math.max(...sizes)).toBeLessThanOrEqual(65_536);
    });

    const ends: [string, Uint8Array][] = [
      ['512 zeros', zeros(512)],
      ['one zero', zeros(1)],
      ['100 KiB of zeros', zeros(102_400)],
      ['text', bytesOf('garbage after the end')],
      ['half of what begins a member', Uint8Array.of(0x1f)],
      ['zeros, then what would be a member', joined(zeros(3), member(other))],
    ];
    for (const size of [1, 1000, undefined]) {
      test.for(ends)(`passes over %s at the end, in chunks of ${size ?? 'any size'}`, async ([, trailing]) => {
        const { stream, given } = chunked(joined(await whole, trailing), size);
        expectSame(await readAll(gunzip(stream), Number.POSITIVE_INFINITY), text);
        expect(given()).toBe((await whole).length + trailing.length);
      });
    }

    const extra = joined(Uint8Array.of(5, 0), bytesOf('extra'));
    const named = bytesOf('name\0');
    const noted = bytesOf('comment\0');
    const headers: [string, number, Uint8Array][] = [
      ['a text flag', 1, zeros(0)],
      ['an extra field', 4, extra],
      ['a name', 8, named],
      ['a comment', 16, noted],
      ['a checksum', 2, headerCrc(2, zeros(0))],
      ['all of them', 31, headerCrc(31, joined(extra, named, noted))],
    ];
    for (const size of [1, undefined]) {
      test.for(headers)(`takes a header with %s, in chunks of ${size ?? 'any size'}`, async ([, flags, fields]) => {
        expect(await read(member(other, { flags, fields }), size)).toEqual(other);
      });
    }

    const compressed = member(bytesOf('stored'));
    const wrong: [string, () => Promise<Uint8Array> | Uint8Array][] = [
      ['has another checksum', async () => changed(await whole, -8)],
      ['has another size', async () => changed(await whole, -1)],
      ['has a changed bit in a stored block', () => changed(compressed, 17)],
      ['says another length of a stored block', () => changed(compressed, 11)],
      ['has a block of an unknown kind', () => joined(compressed.subarray(0, 10), Uint8Array.of(7), zeros(20))],
      [
        'goes back before its start',
        () => joined(compressed.subarray(0, 10), Uint8Array.of(0x4b, 0x04, 0x8a), zeros(9)),
      ],
      ['has no trailer', async () => (await whole).subarray(0, -8)],
      ['has half a trailer', async () => (await whole).subarray(0, -4)],
      ['is empty', () => zeros(0)],
      ['is zeros', () => zeros(1000)],
      ['is its header', () => compressed.subarray(0, 10)],
      ['has a second member cut in its header', async () => joined(await whole, Uint8Array.of(0x1f, 0x8b, 8))],
      ['has a second member of another method', async () => joined(await whole, member(other, { method: 7 }))],
      ['has a second member with a changed bit', async () => joined(await whole, changed(member(other), -9))],
      ['has a header with another checksum', () => member(other, { flags: 2, fields: zeros(2) })],
      ['has a header with unknown flags', () => member(other, { flags: 0x20 })],
      [
        'has a name without an end',
        () =>
          joined(
            Uint8Array.of(0x1f, 0x8b, 8, 8),
            noise(200_000, 3).map((it) => it | 1),
          ),
      ],
    ];
    for (const size of [1000, undefined]) {
      test.for(wrong)(`is an error when it %s, in chunks of ${size ?? 'any size'}`, async ([, bytes]) => {
        await expect(read(await bytes(), size)).rejects.toMatchObject({ code: 'INVALID_ARCHIVE' });
      });
    }

    test('is an error wherever it is cut off', async () => {
      const short = joined(await gzipped(bytesOf('one '.repeat(20))), member(other));
      const first = short.length - member(other).length;
      for (let length = 0; length < short.length; length++) {
        const reading = read(short.subarray(0, length), 5);
        // After the first member a single byte is no second one.
        if (length === first || length === first + 1) expect((await reading).length).toBe(80);
        else
          await expect(reading, `${length} bytes`).rejects.toMatchObject({
            code: 'INVALID_ARCHIVE',
            message: expect.stringContaining('cut off'),
          });
      }
    });

    test('cancels its source with the error when it is damaged', async () => {
      const { stream, given, cancelled } = chunked(joined(changed(member(other), 17), member(noise(60_000, 1))), 100);
      const error = await rejection(readAll(gunzip(stream), Number.POSITIVE_INFINITY));
      expect(cancelled()).toBe(error);
      expect(given()).toBeLessThan(1000);
    });

    test('fails with what its source fails with', async () => {
      const failure = new Error('the source failed');
      const bytes = (await whole).subarray(0, 100);
      let isGiven = false;
      const stream = new ReadableStream<Uint8Array>({
        pull(controller) {
          if (isGiven) return controller.error(failure);
          isGiven = true;
          controller.enqueue(bytes);
        },
      });
      expect(await rejection(readAll(gunzip(stream), Number.POSITIVE_INFINITY))).toBe(failure);
    });

    test('cancels its source when it is cancelled', async () => {
      const { stream, cancelled } = chunked(await gzipped(noise(500_000, 2)), 1000);
      const reader = gunzip(stream).getReader();
      await reader.read();
      await reader.cancel('enough');
      expect(cancelled()).toBe('enough');
    });

    test('fails with the reason of its signal, and cancels its source', async () => {
      const abort = new AbortController();
      const reason = new Error('stopped');
      const { stream, given, cancelled } = endlessStream();
      const source = tap(stream, {
        chunk: () => {
          if (given() > 10_000_000) abort.abort(reason);
        },
      });
      // One member, and then zeros without an end.
      const reader = source.getReader();
      let isStarted = false;
      const gzip = streamFrom({
        next: async () => {
          if (isStarted) return (await reader.read()).value;
          isStarted = true;
          return member(other);
        },
        cancel: (reason) => reader.cancel(reason),
      });
      expect(await rejection(readAll(gunzip(gzip, abort.signal), Number.POSITIVE_INFINITY))).toBe(reason);
      expect(await cancelled).toBe(reason);
    });
  });
}
