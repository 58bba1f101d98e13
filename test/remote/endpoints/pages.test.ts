import { describe, expect, test } from 'vitest';
import { NotARegistryError, NotFoundError, RegistryError } from '../../../src/errors.ts';
import { Reference } from '../../../src/oci/reference.ts';
import { RegistryClients } from '../../../src/remote/connection/registry-clients.ts';
import { type PagesOptions, pagesOf } from '../../../src/remote/endpoints/pages.ts';
import { itemsOf, rejection } from '../../support/content.ts';
import { type Answers, atOnce, fakeFetch, json, refusal } from '../../support/fake-fetch.ts';

const url = 'https://reg.test/v2/org/hello/referrers/sha256:abc';

/** The pages of a list at `reg.test`, each with its text and the `x-filtered` of its answer. */
function listing(answers: Answers, options: Partial<PagesOptions<string>> = {}) {
  const { fetch, requests, sent } = fakeFetch(answers);
  const clients = new RegistryClients(
    { fetch, retry: atOnce, trust: { pages: ['https://list.test'] } },
    () => undefined,
  );
  const connection = clients.to(Reference.parse('reg.test/org/hello'));
  const read = (bytes: Uint8Array, { headers }: Response): string =>
    `${new TextDecoder().decode(bytes)} ${headers.get('x-filtered')}`;
  const pages = pagesOf(connection, url, { accept: 'a/b', what: 'Cannot list it', read, ...options });
  return { pages, requests, sent };
}

const page = (text: string, next?: string): Response =>
  new Response(text, { headers: { 'x-filtered': 'yes', ...(next && { link: `<${next}>; rel="next"` }) } });

describe('pagesOf', () => {
  test('reads each page, with its answer, and asks for the next one only when it is wanted', async () => {
    const { pages, requests, sent } = listing([
      page('one', '?page=2'),
      page('two', 'https://list.test/3'),
      page('three'),
    ]);
    expect(sent()).toEqual([]);
    expect((await pages.next()).value).toBe('one yes');
    expect(sent()).toHaveLength(1);
    expect(await itemsOf(pages)).toEqual(['two yes', 'three yes']);
    expect(requests.map((request) => request.url)).toEqual([url, `${url}?page=2`, 'https://list.test/3']);
    expect(requests.map(({ headers }) => headers.get('accept'))).toEqual(['a/b', 'a/b', 'a/b']);
  });

  test.for<[string, Answers, unknown]>([
    ['elsewhere', [page('one', 'https://evil.test/')], RegistryError],
    ['in a circle', () => page('one', url), RegistryError],
    ['to a web page', [page('one', '?page=2'), page(' <!doctype html>')], NotARegistryError],
  ])('fails where they lead %s', async ([, answers, type]) => {
    const { pages } = listing(answers);
    expect(await rejection(itemsOf(pages))).toBeInstanceOf(type);
  });

  test('a 404 is what is said to be missing, or else a refusal', async () => {
    const answer = (): Response => refusal(404, 'NAME_UNKNOWN', 'unknown');
    const found = listing(answer, { missing: 'sha256:abc' });
    const error = await rejection(itemsOf(found.pages));
    expect(error).toBeInstanceOf(NotFoundError);
    expect(error).toMatchObject({ message: 'Cannot list it: unknown (404)', reference: 'sha256:abc', url });
    expect(await rejection(itemsOf(listing(answer).pages))).toBeInstanceOf(RegistryError);
  });

  test('an abort ends it with its reason', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const { pages } = listing(
      () => {
        controller.abort(reason);
        return json({});
      },
      { signal: controller.signal },
    );
    expect(await rejection(itemsOf(pages))).toBe(reason);
  });
});
