import { describe, expect, test } from 'vitest';
import { itemsOf, rejection } from '../../support/content.ts';
import { fakeRepository, json, refusal, type SentRequest } from '../../support/fake-fetch.ts';

const list = '/v2/org/hello/tags/list';
const query = ({ url }: SentRequest): URLSearchParams => new URL(url).searchParams;
const tags = (names: readonly string[] | null, link?: string): Response =>
  json({ name: 'org/hello', tags: names }, link === undefined ? {} : { headers: { link } });

/** A registry that has these tags, and takes `n` and `last` but sends no links, as that of crane. */
const withoutLinks =
  (names: readonly string[]) =>
  (request: SentRequest): Response => {
    const last = query(request).get('last');
    const left = last === null ? names : names.filter((name) => name > last);
    return tags(left.slice(0, Number(query(request).get('n') ?? names.length)));
  };

describe('names: a part of the list', () => {
  test('begins after `last`, which is only in the first request, as is `n` (L4)', async () => {
    const { repository, sent } = fakeRepository({
      [`GET ${list}?n=2&last=b%2B`]: () => tags(['c', 'd'], `<${list}?x=1>; rel="next"`),
      [`GET ${list}?x=1`]: () => tags(['e']),
    });
    expect(await itemsOf(repository.tags({ last: 'b+', pageSize: 2 }))).toEqual(['c', 'd', 'e']);
    expect(sent()).toHaveLength(2);
  });

  test('also where the registry ignores `last`, and sends all in its own order', async () => {
    const { repository } = fakeRepository(() => tags(['d', 'b', 'c', 'a']));
    expect(await itemsOf(repository.tags({ last: 'b' }))).toEqual(['c', 'a']);
    expect(await itemsOf(repository.tags({ last: 'x' }))).toEqual(['d', 'b', 'c', 'a']);
  });

  test('is read again with every reading', async () => {
    const { repository, sent } = fakeRepository(withoutLinks(['a', 'b', 'c']));
    const list = repository.tags({ last: 'a', pageSize: 1 });
    expect(await itemsOf(list)).toEqual(['b', 'c']);
    expect(await itemsOf(list)).toEqual(['b', 'c']);
    expect(sent()).toHaveLength(6);
  });
});

describe('names: pages without links', () => {
  test('are asked for after as many names as were asked for', async () => {
    const { repository, sent } = fakeRepository(withoutLinks(['a', 'b', 'c', 'd', 'e']));
    expect(await itemsOf(repository.tags({ pageSize: 2 }).pages())).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
    expect(sent()).toEqual([`GET ${list}?n=2`, `GET ${list}?n=2&last=b`, `GET ${list}?n=2&last=d`]);
  });

  test('fewer or more are all of them', async () => {
    for (const count of [1, 3]) {
      const { repository, sent } = fakeRepository(() => tags(['a', 'b', 'c'].slice(0, count)));
      expect(await itemsOf(repository.tags({ pageSize: 2 }))).toHaveLength(count);
      expect(sent()).toHaveLength(1);
    }
  });

  test.for<[string, () => Response]>([
    ['null', () => tags(null)],
    ['the same once more', () => tags(['b', 'a'])],
    ['404', () => refusal(404, 'NAME_UNKNOWN')],
  ])('end with %s after the last', async ([, answer]) => {
    const { repository, sent } = fakeRepository((_, number) => (number === 0 ? tags(['b', 'a']) : answer()));
    expect(await itemsOf(repository.tags({ pageSize: 2 }))).toEqual(['b', 'a']);
    expect(sent()).toHaveLength(2);
  });

  test('another failure is not the end', async () => {
    const { repository } = fakeRepository((_, number) => (number === 0 ? tags(['b', 'a']) : refusal(403, 'DENIED')));
    expect(await rejection(itemsOf(repository.tags({ pageSize: 2 })))).toMatchObject({ code: 'DENIED' });
  });

  test('that repeat themselves end', async () => {
    const { repository, requests } = fakeRepository((_, number) => tags([number % 2 ? 'a' : 'b']));
    expect(await rejection(itemsOf(repository.tags({ pageSize: 1 })))).toMatchObject({ code: 'REGISTRY' });
    expect(requests).toHaveLength(3);
  });
});

describe('names: in natural order', () => {
  test('all pages are read, and sorted', async () => {
    const { repository, sent } = fakeRepository({
      [`GET ${list}`]: () => tags(['latest', 'v10'], `<${list}?last=v10>; rel="next"`),
      [`GET ${list}?last=v10`]: () => tags(['v2', 'v1.10', 'v1.9']),
    });
    const sorted = repository.tags({ order: 'natural' });
    expect(sent()).toEqual([]);
    expect(await itemsOf(sorted.pages())).toEqual([['latest', 'v1.9', 'v1.10', 'v2', 'v10']]);
  });

  test('another order is a mistake', () => {
    const { repository } = fakeRepository({});
    expect(() => repository.tags({ order: 'lexical' as 'natural' })).toThrow(TypeError);
    expect(() => repository.tags({ last: 1 as unknown as string })).toThrow(TypeError);
  });
});

describe('names: 50,000 tags', () => {
  const size = 100;
  const count = 50_000;
  const pageAt = (from: number): string[] => Array.from({ length: size }, (_, i) => `v${from + i}`);

  test('are read a page at a time, and no page is kept', async () => {
    /** Tags that were sent, but not read yet. */
    let kept = 0;
    let most = 0;
    const { repository, requests } = fakeRepository((request) => {
      // The test must not keep them either.
      requests.length = 0;
      kept += size;
      most = Math.max(most, kept);
      const from = Number(query(request).get('last') ?? 0);
      return tags(pageAt(from), from + size >= count ? undefined : `<${list}?last=${from + size}>; rel="next"`);
    });
    let read = 0;
    for await (const tag of repository.tags()) {
      expect(tag).toBe(`v${read++}`);
      kept--;
    }
    expect([read, most]).toEqual([count, size]);
  });
});
