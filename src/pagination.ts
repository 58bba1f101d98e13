import type { Paginated } from './options.ts';

/** A list made of pages; every iteration starts again at the first page. */
export function paginated<T>(pages: () => AsyncGenerator<T[], void, void>): Paginated<T> {
  return {
    pages,
    async *[Symbol.asyncIterator]() {
      for await (const page of pages()) yield* page;
    },
  };
}

/** A list whose items are all read before the first, and then put in order; it is one page. */
export function collected<T>(list: Paginated<T>, inOrder: (items: T[]) => T[]): Paginated<T> {
  return paginated(async function* () {
    const items: T[] = [];
    for await (const page of list.pages()) for (const item of page) items.push(item);
    yield inOrder(items);
  });
}
