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
