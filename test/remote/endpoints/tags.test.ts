import { describe, expect, test } from 'vitest';
import { InvalidManifestError, NotFoundError, RegistryError, TooLargeError } from '../../../src/errors.ts';
import { Reference } from '../../../src/oci/reference.ts';
import { Connection } from '../../../src/remote/connection/connection.ts';
import { listTags } from '../../../src/remote/endpoints/tags.ts';
import type { Send } from '../../../src/remote/http/fetch.ts';
import { settingsOf } from '../../../src/remote/http/settings.ts';
import { endlessStream, itemsOf, rejection } from '../../support/content.ts';
import { type Answers, fakeRepository, json, refusal } from '../../support/fake-fetch.ts';

const list = '/v2/org/hello/tags/list';
const reason = new Error('enough');

function page(tags: unknown, link?: string): Response {
  return json({ name: 'org/hello', tags }, link === undefined ? {} : { headers: { link } });
}

/** Three pages: the link to the second is relative, that to the third absolute. */
const pages: Answers = {
  [`GET ${list}`]: () => page(['a', 'b'], `<${list}?last=b>; rel="next"`),
  [`GET ${list}?last=b`]: () => page(['c'], `<https://reg.test${list}?last=c>; rel=next`),
  [`GET ${list}?last=c`]: () => page(['e', 'd']),
};

describe('tags: pages', () => {
  test('all tags in the order they came, with one request per page (L1)', async () => {
    const { repository, sent } = fakeRepository(pages);
    expect(await itemsOf(repository.tags())).toEqual(['a', 'b', 'c', 'e', 'd']);
    expect(sent()).toEqual([`GET ${list}`, `GET ${list}?last=b`, `GET ${list}?last=c`]);
  });

  test('page by page', async () => {
    const { repository } = fakeRepository(pages);
    expect(await itemsOf(repository.tags().pages())).toEqual([['a', 'b'], ['c'], ['e', 'd']]);
  });

  test('a page is fetched when it is needed, and none after the loop was left', async () => {
    const { repository, sent } = fakeRepository(pages);
    const tags = repository.tags();
    expect(sent()).toEqual([]);
    for await (const tag of tags) if (tag === 'b') break;
    expect(sent()).toEqual([`GET ${list}`]);
  });

  test('every reading begins anew', async () => {
    const { repository } = fakeRepository(pages);
    const tags = repository.tags();
    expect(await itemsOf(tags)).toEqual(await itemsOf(tags));
  });

  test('the page size is asked for at first; then the link decides (L4)', async () => {
    const { repository, sent } = fakeRepository({
      [`GET ${list}?n=2`]: () => page(['a', 'b'], `<${list}?n=2&last=b>; rel="next"`),
      [`GET ${list}?n=2&last=b`]: () => page(['c']),
    });
    expect(await itemsOf(repository.tags({ pageSize: 2 }))).toEqual(['a', 'b', 'c']);
    expect(sent()).toHaveLength(2);
  });

  test.for([0, -1, 1.5, Number.NaN])('a page size of %d is a mistake', (pageSize) => {
    const { repository, requests } = fakeRepository(pages);
    expect(() => repository.tags({ pageSize })).toThrow(RangeError);
    expect(requests).toEqual([]);
  });
});

describe('tags: what registries send', () => {
  test.for<[string, unknown, string[]]>([
    ['null (L8)', null, []],
    ['no list', undefined, []],
    ['an empty list', [], []],
    ['a text', 'abc', []],
    ['null and nothing among them', ['a', null, '', 'b'], ['a', 'b']],
    ['digests among them', ['a', `sha256:${'a'.repeat(64)}`], ['a']],
    ['HTML among them', ['<script>alert(1)</script>', 'a'], ['a']],
    ['escape sequences among them', ['\u001b[2J', 'a\nb', 'a'], ['a']],
    ['numbers and lists among them', [1, ['a'], { a: 1 }, 'a'], ['a']],
    ['too long ones among them', ['a'.repeat(129), 'a'.repeat(128)], ['a'.repeat(128)]],
    ['names of Object.prototype', ['__proto__', 'constructor'], ['__proto__', 'constructor']],
  ])('%s', async ([, tags, expected]) => {
    const { repository } = fakeRepository(() => page(tags));
    expect(await itemsOf(repository.tags())).toEqual(expected);
  });

  test('a web page is no list', async () => {
    const { repository } = fakeRepository(() => new Response('<html>'));
    expect(await rejection(itemsOf(repository.tags()))).toMatchObject({ code: 'NOT_A_REGISTRY' });
  });

  test.for(['', '{', 'null', '\u0000'])('%j is no list', async (body) => {
    const { repository } = fakeRepository(() => new Response(body));
    expect(await rejection(itemsOf(repository.tags()))).toBeInstanceOf(InvalidManifestError);
  });

  test('an empty page is not the end', async () => {
    const { repository } = fakeRepository([page(null, `<${list}?last=a>; rel="next"`), page(['b'])]);
    expect(await itemsOf(repository.tags().pages())).toEqual([[], ['b']]);
  });

  test('an unknown repository is not found, with the words of the registry (L7)', async () => {
    const { repository } = fakeRepository(() => refusal(404, 'NAME_UNKNOWN', 'repository name not known'));
    const error = await rejection(itemsOf(repository.tags()));
    expect(error).toBeInstanceOf(NotFoundError);
    expect(error).toMatchObject({
      message: 'Cannot list the tags of reg.test/org/hello: repository name not known (404)',
      reference: 'reg.test/org/hello',
      errors: [{ code: 'NAME_UNKNOWN' }],
    });
  });
});

describe('tags: hostile registries', () => {
  test.for([
    'https://attacker.example/v2/x/tags/list',
    'https://reg.test:444/v2/x/tags/list',
    'http://reg.test/v2/x/tags/list',
    'http://169.254.169.254/latest/meta-data/',
  ])('a next page at %s is not asked for (L2)', async (next) => {
    const { repository, sent } = fakeRepository(() => page(['a'], `<${next}>; rel="next"`));
    expect(await rejection(itemsOf(repository.tags()))).toBeInstanceOf(RegistryError);
    expect(sent()).toEqual([`GET ${list}`]);
  });

  test.for([
    ['itself', `<${list}>; rel="next"`],
    ['the same last', `<${list}?last=a>; rel="next"`],
  ])('a next page that is %s ends the list', async ([, link]) => {
    const { repository, requests } = fakeRepository(() => page(['a'], link));
    expect(await rejection(itemsOf(repository.tags()))).toBeInstanceOf(RegistryError);
    expect(requests.length).toBeLessThanOrEqual(2);
  });

  test.for([`${list}?last=a; rel="next"`, `<${list}?last=a; rel="next"`])(
    'a link that cannot be read is no end of the list: %s (L3)',
    async (link) => {
      const { repository, sent } = fakeRepository(() => page(['a'], link));
      expect(await rejection(itemsOf(repository.tags()))).toBeInstanceOf(RegistryError);
      expect(sent()).toEqual([`GET ${list}`]);
    },
  );

  test('the body of a page with such a link is not left open', async () => {
    const { stream, cancelled } = endlessStream();
    const { repository } = fakeRepository(
      () => new Response(stream, { headers: { link: '<https://attacker.example/>; rel="next"' } }),
    );
    await rejection(itemsOf(repository.tags()));
    await cancelled;
  });

  test('pages that lead in a circle end the list', async () => {
    const { repository, requests } = fakeRepository((_, number) =>
      page(['a'], `<${list}?last=${number % 3}>; rel="next"`),
    );
    expect(await rejection(itemsOf(repository.tags()))).toBeInstanceOf(RegistryError);
    expect(requests).toHaveLength(4);
  });

  test('pages without end, each with a new address, end the list (L5)', async () => {
    let asked = 0;
    // Without the layers of a client, which would take most of the time.
    const send: Send = async () => page([`v${++asked}`], `<${list}?last=v${asked}>; rel="next"`);
    const settings = settingsOf();
    const connection = new Connection(Reference.parse('reg.test/org/hello'), 'https://reg.test', send, {
      settings,
      trust: {},
      hosts: undefined,
    });
    let tags = 0;
    const read = async (): Promise<void> => {
      for await (const _ of listTags(connection)) tags++;
    };
    const error = await rejection(read());
    expect(error).toBeInstanceOf(RegistryError);
    expect(error).toMatchObject({
      message: `Cannot list https://reg.test${list}: its pages form a loop or do not end`,
    });
    expect([asked, tags]).toEqual([10_000, 10_000]);
  });

  test('an endless page is not read to its end (L10)', async () => {
    const { stream, given, cancelled } = endlessStream(1024 * 1024);
    const { repository } = fakeRepository(() => new Response(stream));
    expect(await rejection(itemsOf(repository.tags()))).toBeInstanceOf(TooLargeError);
    await cancelled;
    expect(given()).toBeLessThan(32 * 1024 * 1024);
  });
});

describe('tags: abort', () => {
  test('before: nothing is sent', async () => {
    const { repository, requests } = fakeRepository(pages);
    expect(await rejection(itemsOf(repository.tags({ signal: AbortSignal.abort(reason) })))).toBe(reason);
    expect(requests).toEqual([]);
  });

  test('between two pages: the next is not asked for', async () => {
    const controller = new AbortController();
    const { repository, sent } = fakeRepository(pages);
    const read = async (): Promise<void> => {
      for await (const tag of repository.tags({ signal: controller.signal })) if (tag === 'b') controller.abort(reason);
    };
    expect(await rejection(read())).toBe(reason);
    expect(sent()).toEqual([`GET ${list}`]);
  });
});
