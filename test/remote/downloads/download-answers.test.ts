import { describe, expect, test } from 'vitest';
import { isOrasError } from '../../../src/errors.ts';
import { endlessStream, rejection } from '../../support/content.ts';
import { answering, body, hello, part, read } from '../../support/fake-downloads.ts';

describe('downloads: ranges that are not what was asked for', () => {
  const broken = (headers: Record<string, string> = {}): Response => new Response(body(['hel']), { headers });

  test.for(['2-10/11', '4-10/11', '0-10/11', '0-7/8', '*/11', '3-/11', '-3/11', ''])(
    '%j is an error',
    async (range) => {
      const { repository, requests } = answering([broken(), part('lo world', range)]);
      const error = await rejection(read(repository));
      expect(isOrasError(error, 'REGISTRY') || isOrasError(error, 'MISMATCH'), String(error)).toBe(true);
      expect(requests).toHaveLength(2);
    },
  );

  test('another start is an error of the registry, and says so', async () => {
    const { repository } = answering([broken(), part('lo world', '2-10/11')]);
    expect(await rejection(read(repository))).toMatchObject({
      code: 'REGISTRY',
      status: 206,
      message: `Cannot fetch ${hello.digest} of reg.test/org/hello: the registry sent bytes 2-10/11, not those from 3`,
    });
  });

  test('another size is a mismatch', async () => {
    const { repository } = answering([broken(), part('lo world!', '3-11/12')]);
    expect(await rejection(read(repository))).toMatchObject({ code: 'MISMATCH', expected: 11, actual: 12 });
  });

  test('the length decides where the range cannot be read', async () => {
    const rest = (length: Record<string, string>): Response =>
      new Response('lo world', { status: 206, headers: length });
    const { repository } = answering([broken(), rest({ 'content-length': '8' })]);
    expect(await read(repository)).toBe('hello world');
    for (const headers of [{ 'content-length': '7' }, { 'content-length': '11' }, {}]) {
      const { repository } = answering([broken(), rest(headers as Record<string, string>)]);
      expect(await rejection(read(repository))).toMatchObject({ code: 'REGISTRY', status: 206 });
    }
  });

  test('416 is a mismatch of the size, though its body never comes', async () => {
    for (const content of [null, body([]), body([], 'hangs')]) {
      const refused = new Response(content, { status: 416, headers: { 'content-length': '11' } });
      const { repository, requests } = answering([broken(), refused]);
      expect(await rejection(read(repository))).toMatchObject({ code: 'MISMATCH', expected: 11, actual: 3 });
      expect(requests).toHaveLength(2);
    }
  });

  test('another ETag means that it has changed', async () => {
    const { repository } = answering([broken({ etag: '"a"' }), part('lo world', '3-10/11', { etag: '"b"' })]);
    expect(await rejection(read(repository))).toMatchObject({ code: 'MISMATCH', expected: '"a"', actual: '"b"' });
  });

  test('an answer without an ETag between two others changes nothing', async () => {
    const answers = [
      broken({ etag: '"a"' }),
      part(body(['lo']), '3-10/11'),
      part(' world', '5-10/11', { etag: '"b"' }),
    ];
    const { repository } = answering(answers);
    expect(await rejection(read(repository))).toMatchObject({ code: 'MISMATCH', expected: '"a"', actual: '"b"' });
  });

  test('their bodies are cancelled', async () => {
    for (const [code, range] of [[206, 'bytes 2-10/11'] as const, [416, 'bytes */11'] as const]) {
      const { stream, cancelled } = endlessStream();
      const { repository } = answering([
        broken(),
        new Response(stream, { status: code, headers: { 'content-range': range } }),
      ]);
      await rejection(read(repository));
      await cancelled;
    }
  });

  test.for([
    ['"a"', '"a"'],
    ['"a"', undefined],
    [undefined, '"b"'],
    ['W/"a"', 'W/"b"'],
    ['W/"a"', '"b"'],
    ['"a"', 'W/"b"'],
  ])('ETags %j and %j say nothing', async ([first, second]) => {
    const etag = (value: string | undefined): Record<string, string> => (value === undefined ? {} : { etag: value });
    const { repository } = answering([broken(etag(first)), part('lo world', '3-10/11', etag(second))]);
    expect(await read(repository)).toBe('hello world');
  });

  test.for([
    ['other bytes', part('lo worlD', '3-10/11')],
    ['too many bytes', part('lo world!', '3-10/11')],
    ['too many bytes, of all', new Response('hello world!')],
    ['the same bytes again, as the rest', part('hello wo', '3-10/11')],
  ])('%s are a mismatch', async ([, rest]) => {
    const { repository } = answering([broken(), rest as Response]);
    expect(await rejection(read(repository))).toMatchObject({ code: 'MISMATCH' });
  });

  test('a blob that is shorter than its descriptor says is a mismatch', async () => {
    const answers = [new Response('hello world'), new Response(body([]), { status: 416 })];
    const size = Number.MAX_SAFE_INTEGER;
    const { repository } = answering(answers);
    expect(await rejection(read(repository, { ...hello, size }))).toMatchObject({ code: 'MISMATCH', expected: size });
    const again = answering([new Response('hello world'), new Response('hello world')]);
    expect(await rejection(read(again.repository, { ...hello, size: 12 }))).toMatchObject({ code: 'MISMATCH' });
  });

  test('206 for a request without a range is an error', async () => {
    const { repository } = answering([part('hello world', '0-10/11')]);
    expect(await rejection(read(repository))).toMatchObject({ code: 'REGISTRY', status: 206 });
  });
});
