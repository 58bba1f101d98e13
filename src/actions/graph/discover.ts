import { inOrder } from '../../concurrency.ts';
import { checkCount } from '../../errors/check-count.ts';
import { isOrasError, TooLargeError, UnsupportedError } from '../../errors.ts';
import { cosignTags } from '../../oci/cosign.ts';
import type { AbortOptions } from '../../options.ts';
import { checkOptions, checkReference, checkTarget } from '../../target/arguments.ts';
import type { ReadOnlyTarget, ReferrersSource } from '../../target/target.ts';
import type { Descriptor, Digest } from '../../types.ts';

/** Levels that are followed without an option. */
const deepest = 32;

/** Manifests that are remembered, as each is listed once: more than one list can have. */
const mostManifests = 200_000;

/** Options of {@link discover}. */
export interface DiscoverOptions extends AbortOptions {
  /** Only artifacts of this type; those attached to others are found, too. Default: all. */
  artifactType?: string | undefined;
  /** How many levels are followed: 1 for what refers to the manifest itself. Default: all, at most 32. */
  depth?: number | undefined;
  /** Also looks for the tags that cosign makes for the manifest. Default true; it takes three requests. */
  cosign?: boolean | undefined;
  /** How many lists are requested at a time. Default 8. */
  concurrency?: number | undefined;
}

/** A manifest that refers to another one. */
export interface DiscoveredReferrer {
  /** Its descriptor, with artifact type and annotations, if they are known. */
  descriptor: Descriptor;
  /** 1 if it refers to the manifest in question, 2 if it refers to such a one, and so on. */
  depth: number;
  /** Digest of the manifest that it refers to. */
  subject: Digest;
  /** Where it was found: in the referrers API, the referrers tag, the index of a layout, or under a tag of cosign. */
  source: ReferrersSource | 'cosign';
  /** The tag of cosign. */
  tag?: string;
}

/** What refers to one manifest. */
type Found = Omit<DiscoveredReferrer, 'depth'>;

/**
 * Finds what is attached to a manifest, and what is attached to that: a tree, each manifest before those that refer to
 * it. A manifest is listed once, also if references form a circle.
 *
 * @throws NotFoundError while reading, when the reference does not exist
 * @throws TooLargeError while reading, when there are more than 32 levels and no `depth` is given, or more than 200,000
 *   manifests
 * @throws UnsupportedError while reading, when the target cannot list referrers
 * @throws TypeError or RangeError at once, when an argument is invalid
 */
export function discover(
  target: ReadOnlyTarget,
  reference: string | Descriptor,
  options: DiscoverOptions = {},
): AsyncGenerator<DiscoveredReferrer, void, void> {
  checkTarget(target, 'pull');
  checkReference(reference);
  checkOptions(options);
  checkCount('depth', options.depth);
  return new Discovery(target, options).below(reference);
}

/** One walk over referrers. */
class Discovery {
  readonly #target: ReadOnlyTarget;
  readonly #options: DiscoverOptions;
  readonly #seen = new Set<Digest>();

  constructor(target: ReadOnlyTarget, options: DiscoverOptions) {
    this.#target = target;
    this.#options = options;
  }

  async *below(reference: string | Descriptor): AsyncGenerator<DiscoveredReferrer, void, void> {
    const { artifactType, cosign = true, signal } = this.#options;
    const root = typeof reference === 'string' ? await this.#target.resolve(reference, { signal }) : reference;
    this.#seen.add(root.digest);
    const found = await this.#referrers(root, 1, signal);
    if (cosign) found.push(...(await this.#cosign(root)));
    for await (const referrer of this.#walk(found, 1)) {
      if (artifactType === undefined || referrer.descriptor.artifactType === artifactType) yield referrer;
    }
  }

  async *#walk(found: readonly Found[], depth: number): AsyncGenerator<DiscoveredReferrer, void, void> {
    const { concurrency = 8, signal } = this.#options;
    const listed = inOrder(found, concurrency, signal, async (referrer, stop) => ({
      referrer,
      below: await this.#referrers(referrer.descriptor, depth + 1, stop),
    }));
    for await (const { referrer, below } of listed) {
      yield { ...referrer, depth };
      if (below.length > 0) yield* this.#walk(below, depth + 1);
    }
  }

  /** What refers to a manifest and was not found before. */
  async #referrers({ digest }: Descriptor, depth: number, signal: AbortSignal | undefined): Promise<Found[]> {
    const { artifactType, depth: last } = this.#options;
    if (last !== undefined && depth > last) return [];
    const { referrers } = this.#target;
    if (!referrers) throw new UnsupportedError('This target cannot list what refers to a manifest', 'referrers');
    let source: ReferrersSource = 'api';
    const options = {
      signal,
      // What is attached to others is not needed on the last level.
      artifactType: depth === last ? artifactType : undefined,
      onSource: (used: ReferrersSource): void => {
        source = used;
      },
    };
    const found: Found[] = [];
    for await (const descriptor of referrers.call(this.#target, { digest }, options)) {
      if (this.#seen.has(descriptor.digest)) continue;
      this.#seen.add(descriptor.digest);
      if (this.#seen.size > mostManifests) throw tooMany(this.#seen.size);
      found.push({ descriptor, subject: digest, source });
    }
    if (last === undefined && depth > deepest && found.length > 0) {
      const message = `Manifests refer to each other on more than ${deepest} levels: say how many with "depth"`;
      throw new TooLargeError(message, deepest, depth);
    }
    return found;
  }

  async #cosign({ digest }: Descriptor): Promise<Found[]> {
    const found = await Promise.all(
      cosignTags(digest).map(async (tag): Promise<Found[]> => {
        const descriptor = await this.#resolve(tag);
        if (!descriptor || this.#seen.has(descriptor.digest)) return [];
        this.#seen.add(descriptor.digest);
        return [{ descriptor, subject: digest, source: 'cosign', tag }];
      }),
    );
    return found.flat();
  }

  async #resolve(tag: string): Promise<Descriptor | undefined> {
    try {
      return await this.#target.resolve(tag, { signal: this.#options.signal });
    } catch (error) {
      if (isOrasError(error, 'NOT_FOUND')) return undefined;
      throw error;
    }
  }
}

function tooMany(count: number): TooLargeError {
  return new TooLargeError(`More than ${mostManifests} manifests refer to each other`, mostManifests, count);
}
