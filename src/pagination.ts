import type { Paginated } from './options.ts';

/** A list made of pages; every reading of it starts the pages anew. */
export function paginated<T>(pages: () => AsyncGenerator<T[], void, void>): Paginated<T> {
  return {
    pages,
    async *[Symbol.asyncIterator]() {
      for await (const page of pages()) yield* page;
    },
  };
}
