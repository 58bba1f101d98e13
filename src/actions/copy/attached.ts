import type { ReadOnlyTarget } from '../../target/target.ts';
import type { Descriptor } from '../../types.ts';
import { at } from './sides.ts';

/** The pages of the referrers of a manifest; none when the source cannot list them. */
export async function* referrerPages(
  source: ReadOnlyTarget,
  subject: Descriptor,
  signal: AbortSignal,
): AsyncGenerator<Descriptor[], void, void> {
  signal.throwIfAborted();
  const pages = source.referrers?.(subject, { signal }).pages()[Symbol.asyncIterator]();
  if (!pages) return;
  try {
    for (;;) {
      const where = { side: 'source', operation: 'referrers', descriptor: subject } as const;
      const page = await at(where, signal, () => pages.next());
      if (page.done) return;
      yield page.value;
    }
  } finally {
    await pages.return?.();
  }
}
