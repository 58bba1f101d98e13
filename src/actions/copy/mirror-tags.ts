import { LinkedAbort } from '../../aborts.ts';
import { defaultConcurrency } from '../../concurrency.ts';
import { UnsupportedError } from '../../errors.ts';
import { ofCaller } from '../../target/callers.ts';
import { listening } from '../../target/listening.ts';
import type { ReadOnlyTarget, Target } from '../../target/target.ts';
import type { Descriptor, Digest } from '../../types.ts';
import { CopyGraph } from './copy-graph.ts';
import { findRoot, isChosen } from './copy-root.ts';
import type { CopyOptions, MirroredTag, TagFilter } from './options.ts';
import { at, isMissing, sourceSide } from './sides.ts';
import { Slots } from './slots.ts';

/** Mirrors the tags that a filter selects, several at a time, in the order of the source; the arguments were checked. */
export async function* mirrorTags(
  source: ReadOnlyTarget,
  target: Target,
  filter: TagFilter | undefined,
  options: CopyOptions,
): AsyncGenerator<MirroredTag, void, void> {
  const { concurrency = defaultConcurrency } = options;
  const stop = new LinkedAbort(options.signal);
  const { signal } = stop;
  const mirrored = new TagMirror(source, target, { ...options, concurrency, signal }, isNames(filter));
  const running: Promise<MirroredTag>[] = [];
  const next = async (): Promise<MirroredTag> => {
    const done = await (running[0] as Promise<MirroredTag>);
    running.shift();
    return done;
  };
  try {
    for await (const tag of tagsOf(source, filter, signal)) {
      const work = mirrored.copy(tag);
      // A failure is thrown when it is the turn of its tag.
      work.catch(() => {});
      running.push(work);
      if (running.length === concurrency) yield await next();
    }
    while (running.length > 0) yield await next();
  } finally {
    stop.abort(new Error('The mirror was ended'));
    await Promise.allSettled(running);
    stop.release();
  }
}

/** Mirrors tags one by one. They share the slots, and content that several of them refer to is looked for once. */
class TagMirror {
  readonly #source: ReadOnlyTarget;
  readonly #target: Target;
  readonly #options: CopyOptions & { concurrency: number };
  readonly #slots: Slots;
  readonly #stored = new Set<Digest>();
  readonly #isAsked: boolean;
  #tags: Promise<ReadonlySet<string>> | undefined;

  /** Tags between two targets; `isAsked`: the target is asked for each tag, instead of listing its tags once. */
  constructor(
    source: ReadOnlyTarget,
    target: Target,
    options: CopyOptions & { concurrency: number },
    isAsked: boolean,
  ) {
    this.#source = source;
    this.#target = target;
    this.#options = options;
    this.#slots = new Slots(options.concurrency);
    this.#isAsked = isAsked || !target.tags;
  }

  copy(tag: string): Promise<MirroredTag> {
    return listening(this.#options, (heard) => this.#copy(tag, heard));
  }

  async #copy(tag: string, options: CopyOptions): Promise<MirroredTag> {
    const { cosign, recursive, signal } = options;
    const source = sourceSide(this.#source);
    const isRootOnly = !recursive && !cosign;
    const before = await this.#before(tag, signal);
    if (before && isRootOnly && !isChosen(options)) {
      const { digest } = await source.resolve(tag, { signal });
      if (digest === before.digest) return { tag, action: 'equal', descriptor: before };
    }
    const root = await findRoot(source, tag, options);
    const isSame = root.descriptor.digest === before?.digest;
    if (isSame && isRootOnly) return { tag, action: 'equal', descriptor: root.descriptor };
    const graph = new CopyGraph(this.#source, this.#target, this.#slots, options, this.#stored);
    const { descriptor, copied, mounted } = await graph.run(root, isSame ? undefined : tag);
    const isEqual = isSame && copied + mounted === 0;
    return { tag, action: before ? (isEqual ? 'equal' : 'updated') : 'copied', descriptor };
  }

  /** What the tag stands for at the target; undefined when there is none. */
  async #before(tag: string, signal: AbortSignal | undefined): Promise<Descriptor | undefined> {
    if (!this.#isAsked) {
      this.#tags ??= this.#listed(signal);
      if (!(await this.#tags).has(tag)) return undefined;
    }
    const where = { side: 'target', operation: 'resolve' } as const;
    return at(where, signal, () => this.#target.resolve(tag, { signal })).catch(noneOf);
  }

  /** The tags of the target: a request for each that is missing would take longer. */
  async #listed(signal: AbortSignal | undefined): Promise<ReadonlySet<string>> {
    const tags = new Set<string>();
    await at({ side: 'target', operation: 'tags' }, signal, async () => {
      for await (const tag of this.#target.tags?.({ signal }) ?? []) tags.add(tag);
    }).catch(noneOf);
    return tags;
  }
}

/** Undefined when the error says that something does not exist. */
function noneOf(error: unknown): undefined {
  if (!isMissing(error)) throw error;
}

/** Tags under which referrers are listed (distribution-spec, "Referrers Tag Schema"). */
const referrersTag = /^sha(?:256|512)-[0-9a-f]{64,128}$/;

async function* tagsOf(
  source: ReadOnlyTarget,
  filter: TagFilter | undefined,
  signal: AbortSignal,
): AsyncGenerator<string, void, void> {
  if (isNames(filter)) return yield* new Set(filter as readonly string[]);
  const tags = source.tags?.({ signal })[Symbol.asyncIterator]();
  if (!tags) throw new UnsupportedError('The source cannot list its tags: name those to mirror', 'a list of tags');
  try {
    for (;;) {
      const next = await at({ side: 'source', operation: 'tags' }, signal, () => tags.next());
      if (next.done) return;
      if (await isWanted(next.value, filter)) yield next.value;
    }
  } finally {
    await tags.return?.();
  }
}

function isNames(filter: TagFilter | undefined): boolean {
  return Array.isArray(filter) && filter.every((tag) => typeof tag === 'string');
}

async function isWanted(tag: string, filter: TagFilter | undefined): Promise<boolean> {
  if (filter === undefined) return !referrersTag.test(tag);
  if (typeof filter === 'function') return ofCaller(() => filter(tag));
  // Not `test`, which depends on the last match of a global pattern.
  return filter.some((wanted) => (typeof wanted === 'string' ? wanted === tag : tag.search(wanted) >= 0));
}
