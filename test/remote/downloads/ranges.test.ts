import { describe, expect, test } from 'vitest';
import { bytesOf, descriptorOf, endlessStream, rejection, textOf } from '../../support/content.ts';
import { fakeRepository, type SentRequest } from '../../support/fake-fetch.ts';

const text = 'hello world';
const hello = descriptorOf(text);

/** Gives the range that is asked for, of this text. */
function ranged(content: string): (request: SentRequest) => Response {
  return ({ headers }) => {
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(headers.get('range') ?? '') ?? [];
    if (first === undefined) return new Response(content);
    const part = content.slice(Number(first), Number(last) + 1);
    const range = `bytes ${first}-${Number(first) + part.length - 1}/${content.length}`;
    return new Response(part, { status: 206, headers: { 'content-range': range } });
  };
}

describe('ranges: fetchRange', () => {
  test('asks for these bytes alone', async () => {
    const { repository, requests } = fakeRepository(ranged(text));
    expect(await textOf(await repository.fetchRange(hello, 3, 8))).toBe('lo wo');
    expect(await textOf(await repository.fetchRange(hello, 3, 11))).toBe('lo world');
    expect(requests.map(({ headers }) => headers.get('range'))).toEqual(['bytes=3-7', 'bytes=3-10']);
  });

  test('does not verify', async () => {
    const { repository } = fakeRepository(ranged('HELLO WORLD'));
    expect(await textOf(await repository.fetchRange(hello, 0, 5))).toBe('HELLO');
    expect(await textOf(await repository.fetchRange(hello, 0, 11))).toBe('HELLO WORLD');
  });

  test('a blob of another size is a mismatch all the same', async () => {
    const { repository } = fakeRepository(ranged('hello world!'));
    expect(await rejection(repository.fetchRange(hello, 0, 5))).toMatchObject({ code: 'MISMATCH', actual: 12 });
  });

  test.for([0, 3, 11])('nothing is asked for no bytes at %i', async (at) => {
    const { repository, requests } = fakeRepository({});
    expect(await textOf(await repository.fetchRange(hello, at, at))).toBe('');
    expect(await textOf(await repository.fetchRange(descriptorOf(''), 0, 0))).toBe('');
    expect(requests).toEqual([]);
  });

  test.for([
    [-1, 5],
    [0, 12],
    [12, 12],
    [5, 3],
    [0.5, 3],
    [0, Number.NaN],
    [0, Number.POSITIVE_INFINITY],
  ] as const)('nothing is asked for from %d to %d, which is an error', async ([start, end]) => {
    const { repository, requests } = fakeRepository({});
    expect(await rejection(repository.fetchRange(hello, start, end))).toBeInstanceOf(RangeError);
    expect(requests).toEqual([]);
  });

  test('of all that a registry without ranges gives, what is needed is read, and the rest cancelled', async () => {
    const { stream, given, cancelled } = endlessStream(1000);
    const { repository, requests } = fakeRepository(() => new Response(stream));
    const big = { ...hello, size: 1_000_000_000 };
    const bytes = new Uint8Array(await new Response(await repository.fetchRange(big, 2500, 4200)).arrayBuffer());
    expect(bytes.byteLength).toBe(1700);
    await cancelled;
    expect(given()).toBeLessThan(100_000);
    expect(requests).toHaveLength(1);
  });

  test('all of it is asked for without a range, and no more is given', async () => {
    const { repository, requests } = fakeRepository(() => new Response('hello world!'));
    expect(await textOf(await repository.fetchRange(hello, 0, 11))).toBe('hello world');
    expect(requests[0]!.headers.has('range')).toBe(false);
  });

  test('goes on when the connection breaks', async () => {
    const answer = ranged(text);
    const { repository, requests } = fakeRepository((request, number) => {
      if (number > 0) return answer(request);
      const left = [bytesOf('lo')];
      const body = new ReadableStream<Uint8Array>(
        {
          pull(controller) {
            const chunk = left.shift();
            if (chunk) controller.enqueue(chunk);
            else controller.error(new TypeError('terminated'));
          },
        },
        { highWaterMark: 0 },
      );
      return new Response(body, { status: 206, headers: { 'content-range': 'bytes 3-7/11' } });
    });
    expect(await textOf(await repository.fetchRange(hello, 3, 8))).toBe('lo wo');
    expect(requests.map(({ headers }) => headers.get('range'))).toEqual(['bytes=3-7', 'bytes=5-7']);
  });

  test('what is not there is not found', async () => {
    const { repository } = fakeRepository(() => new Response(null, { status: 404 }));
    expect(await rejection(repository.fetchRange(hello, 3, 8))).toMatchObject({ code: 'NOT_FOUND' });
  });
});
