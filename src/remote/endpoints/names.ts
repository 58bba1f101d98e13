import { checkCount } from '../../errors/check-count.ts';
import { isOrasError } from '../../errors.ts';
import type { ListOptions, Paginated } from '../../options.ts';
import { paginated } from '../../pagination.ts';
import { isCallers } from '../../target/callers.ts';
import { withParameter } from '../answers/locations.ts';
import type { Connection } from '../connection/connection.ts';
import { type PagesOptions, pagesOf } from './pages.ts';

/** A list of names at a registry, as for {@link pagesOf}. */
export interface NamesRequest extends Pick<PagesOptions<string[]>, 'missing' | 'scopes' | 'what'> {
  /** URL of the list, without a query. */
  url: string;
  /** Parses one page. */
  read: (bytes: Uint8Array) => string[];
}

/**
 * A list of names, page by page. A registry that sends exactly as many names as were asked for, and no link, is asked
 * for those after the last one: some have pages, but no links. One that ignores `last` is recognized, as it sends that
 * name again: the names up to it are left out.
 *
 * @throws RangeError at once, when `pageSize` is invalid
 * @throws TypeError at once, when `last` is not text
 * @throws RegistryError while reading, as {@link pagesOf}
 */
export function listNames(connection: Connection, request: NamesRequest, options: ListOptions): Paginated<string> {
  const { last, pageSize } = options;
  checkCount('pageSize', pageSize);
  if (last !== undefined && typeof last !== 'string') throw new TypeError('last is a name of the list');
  const n = pageSize && Math.min(pageSize, connection.maxPageSize ?? pageSize);
  return paginated(() => pagesOfNames(connection, request, { ...options, signal: options.signal, pageSize: n }));
}

interface Page {
  names: string[];
  /** Whether it has as many names as were asked for. */
  isFull: boolean;
}

async function* pagesOfNames(
  connection: Connection,
  { read, url, ...request }: NamesRequest,
  { last, pageSize, signal }: ListOptions,
): AsyncGenerator<string[], void, undefined> {
  // The `last` that this client sent, not one in a registry's own link.
  let sent = last;
  let isGuessed = false;
  const urlAfter = (name: string | undefined): string => {
    const sized = pageSize ? withParameter(url, 'n', `${pageSize}`) : url;
    return name === undefined ? sized : withParameter(sized, 'last', name);
  };
  const readPage = (bytes: Uint8Array): Page => {
    const names = read(bytes);
    const again = sent === undefined ? -1 : names.indexOf(sent);
    sent = undefined;
    isGuessed = false;
    return { names: names.slice(again + 1), isFull: names.length === pageSize };
  };
  const next = ({ isFull, names }: Page): string | undefined => {
    if (!isFull || names.length === 0) return undefined;
    sent = names.at(-1);
    isGuessed = true;
    return urlAfter(sent);
  };
  const pages = pagesOf(connection, urlAfter(last), {
    ...request,
    accept: 'application/json',
    read: readPage,
    next,
    signal,
  });
  try {
    for await (const { names } of pages) yield names;
  } catch (error) {
    // What a registry without pages answers to a page it did not name says nothing about the list.
    if (!isGuessed || isCallers(error) || !isOrasError(error, 'NOT_FOUND')) throw error;
  }
}
