import { LinkedAbort } from '../../aborts.ts';
import { verifyBytes } from '../../bytes/verify.ts';
import { isOrasError, TooLargeError } from '../../errors.ts';
import { cosignTags } from '../../oci/cosign.ts';
import { isForeignLayer, isIndexType, isKeptAsManifest } from '../../oci/media-types.ts';
import { fetchBytes } from '../../target/content.ts';
import type { ReadOnlyTarget, Target } from '../../target/target.ts';
import type { Descriptor, Digest } from '../../types.ts';
import { referrerPages } from './attached.ts';
import { childrenOf } from './children.ts';
import type { Root } from './copy-root.ts';
import { Delivery } from './delivery.ts';
import type { CopyResult, GraphOptions } from './options.ts';
import { at, isMissing, sourceSide } from './sides.ts';
import type { Release, Slots } from './slots.ts';

/** Most levels of a graph: manifests in indexes, and referrers of referrers. */
const deepest = 32;
/** Most digests to remember from one copy for the next. */
const mostStored = 100_000;
/** Error codes of a registry that refuses a manifest because it lacks what the manifest refers to. */
const unknownContent = ['MANIFEST_BLOB_UNKNOWN', 'BLOB_UNKNOWN', 'MANIFEST_UNKNOWN'];

/** A manifest or a blob on its way. */
interface Node extends Root {
  depth: number;
  /** Set for what a manifest refers to that the target has: it is not told about unless it is missing. */
  isQuiet?: boolean | undefined;
  /** The tag to store it under, where the target can do both at once. */
  tag?: string | undefined;
}

/**
 * One copy of a root and everything it refers to, each digest once. Content is stored before the manifest that refers to
 * it, and a manifest before its referrers. No slot is held while one waits for another.
 */
export class CopyGraph {
  readonly #origin: ReadOnlyTarget;
  readonly #source: ReadOnlyTarget;
  readonly #options: GraphOptions;
  readonly #slots: Slots;
  /** What is known to be complete at the target; several copies may share it. */
  readonly #stored: Set<Digest>;
  readonly #stop: LinkedAbort;
  readonly #delivery: Delivery;
  /** Resolves when a node is stored, or when the copy has failed; never rejects. */
  readonly #nodes = new Map<Digest, Promise<void>>();
  /** What follows manifests: their referrers. A manifest does not wait for these, which may wait for it. */
  readonly #following = new Set<Promise<void>>();
  #failure: { error: unknown } | undefined;

  /** A copy between two targets, within the slots. */
  constructor(
    source: ReadOnlyTarget,
    target: Target,
    slots: Slots,
    options: GraphOptions,
    stored: Set<Digest> = new Set(),
  ) {
    const stop = new LinkedAbort(options.signal);
    const mountFrom = mountsOf(source, target, options.mountFrom);
    this.#origin = source;
    this.#source = sourceSide(source);
    this.#options = options;
    this.#slots = slots;
    this.#stored = stored;
    this.#stop = stop;
    this.#delivery = new Delivery(this.#source, target, { ...options, mountFrom }, stop.signal);
  }

  /** Copies the root, and tags it when all else is done. */
  async run(root: Root, tag: string | undefined): Promise<CopyResult> {
    const { cosign, recursive } = this.#options;
    const delivery = this.#delivery;
    try {
      const release = await this.#slots.acquire(0);
      await this.#start({ ...root, depth: 0, tag: recursive || cosign ? undefined : tag }, release);
      while (this.#following.size > 0) await Promise.all(this.#following);
      this.#check();
      if (tag !== undefined && !delivery.wasLeftOut(root.descriptor)) await delivery.tag(root, tag);
    } finally {
      this.#stop.release();
    }
    if (delivery.unlisted) throw delivery.unlisted;
    return { descriptor: root.descriptor, ...delivery.result };
  }

  /** Throws when the copy was aborted, or a part of it has failed. */
  #check(): void {
    this.#options.signal?.throwIfAborted();
    if (this.#failure) throw this.#failure.error;
    this.#stop.signal.throwIfAborted();
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#stop.abort(error);
  }

  /** Copies a node with all it refers to, in the slot that it releases. */
  #start(node: Node, release: Release): Promise<void> {
    const { digest } = node.descriptor;
    const known = this.#nodes.get(digest);
    if (known) {
      release();
      return known;
    }
    const work = this.#visit(node, release)
      .catch((error: unknown) => this.#fail(error))
      .finally(release);
    this.#nodes.set(digest, work);
    return work;
  }

  async #visit(node: Node, release: Release): Promise<void> {
    this.#check();
    const { descriptor, isQuiet } = node;
    const delivery = this.#delivery;
    if (isForeignLayer(descriptor.mediaType)) return delivery.foreign(descriptor);
    const isComplete = this.#stored.has(descriptor.digest);
    const isThere = isComplete || (await delivery.exists(descriptor));
    if (!isThere && (await delivery.isLeftOut(descriptor))) return;
    if (!isKeptAsManifest(descriptor.mediaType)) {
      if (!isThere) await delivery.blob(descriptor);
    } else if (!isComplete) await this.#manifest(node, isThere, release);
    this.#remember(descriptor);
    if (isThere && !isQuiet) await delivery.skip(descriptor);
  }

  #remember({ digest, mediaType }: Descriptor): void {
    const { cosign, recursive } = this.#options;
    // What refers to a manifest is still being copied, which another copy must not take for done.
    if ((recursive || cosign) && isKeptAsManifest(mediaType)) return;
    if (this.#stored.size === mostStored) this.#stored.clear();
    this.#stored.add(digest);
  }

  async #manifest(node: Node, isThere: boolean, release: Release): Promise<void> {
    const { descriptor, depth } = node;
    const { checkExisting, cosign, recursive } = this.#options;
    const isTrusted = isThere && checkExisting === false;
    // Manifests below one that is trusted may have new referrers.
    const hasMore = (recursive || cosign) && isIndexType(descriptor.mediaType);
    if (!isTrusted || hasMore) {
      const { bytes, content } = await this.#read(node);
      const below = isTrusted ? content.filter(({ mediaType }) => isKeptAsManifest(mediaType)) : content;
      await this.#all(below, { depth: depth + 1, isQuiet: isThere }, release);
      if (!isThere) {
        const again = await this.#slots.acquire(depth + 1);
        await this.#push({ ...node, bytes, content }).finally(again);
      }
    }
    if (recursive) this.#follow(this.#referrers(descriptor, depth + 1));
    if (cosign) this.#follow(this.#cosign(descriptor, depth + 1));
  }

  /** The bytes of a manifest, and what it refers to, in the order of Go. */
  async #read({ descriptor, depth, ...node }: Node): Promise<{ bytes: Uint8Array; content: Descriptor[] }> {
    const { signal } = this.#stop;
    return at({ side: 'source', operation: 'fetch', descriptor }, signal, async () => {
      if (depth >= deepest) throw new TooLargeError(`The graph has more than ${deepest} levels`, deepest, depth + 1);
      const bytes = node.bytes ?? (await fetchBytes(this.#source, descriptor, { signal }));
      verifyBytes(bytes, { digest: descriptor.digest, size: bytes.byteLength });
      const { subject, content } = childrenOf(bytes, descriptor.mediaType);
      const chosen = node.content ?? content;
      // A manifest may refer to a subject that does not exist.
      const hasSubject =
        subject && (this.#nodes.has(subject.digest) || (await this.#source.exists(subject, { signal })));
      return { bytes, content: hasSubject ? [subject, ...chosen] : chosen };
    });
  }

  /** Copies all of these, each in a slot of its own. */
  async #all(descriptors: readonly Descriptor[], below: Omit<Node, 'descriptor'>, release?: Release): Promise<void> {
    const running: Promise<void>[] = [];
    for (const descriptor of descriptors) {
      const known = this.#nodes.get(descriptor.digest);
      if (known) running.push(known);
      else {
        // Asked for before the own slot is released, so that what is deeper goes on first.
        const slot = this.#slots.acquire(below.depth);
        release?.();
        running.push(this.#start({ ...below, descriptor }, await slot));
      }
      if (this.#stop.signal.aborted) break;
    }
    release?.();
    await Promise.all(running);
    this.#check();
  }

  /** Pushes a manifest; what the registry then misses is pushed again, once, though the registry had said that it has it. */
  async #push({ descriptor, bytes, content = [], depth, tag }: Node & { bytes: Uint8Array }): Promise<void> {
    const push = (): Promise<void> => this.#delivery.manifest(descriptor, bytes, tag);
    await push().catch(async (error: unknown) => {
      if (!isUnknownContent(error)) throw error;
      for (const child of content) await this.#pushAgain(child, depth + 1);
      await push();
    });
  }

  async #pushAgain(descriptor: Descriptor, depth: number): Promise<void> {
    if (this.#delivery.wasLeftOut(descriptor)) return;
    if (!isKeptAsManifest(descriptor.mediaType)) return this.#delivery.blob(descriptor, true);
    await this.#push({ descriptor, depth, ...(await this.#read({ descriptor, depth })) });
  }

  #follow(work: Promise<void>): void {
    const following = work
      .catch((error: unknown) => this.#fail(error))
      .finally(() => this.#following.delete(following));
    this.#following.add(following);
  }

  async #referrers(subject: Descriptor, depth: number): Promise<void> {
    const pages = referrerPages(this.#origin, subject, this.#stop.signal);
    try {
      for (;;) {
        const release = await this.#slots.acquire(depth);
        const { done, value } = await pages.next().finally(release);
        if (done) return;
        await this.#all(value, { depth });
      }
    } finally {
      await pages.return();
    }
  }

  /** Copies what cosign attached, with its tags. */
  async #cosign({ digest }: Descriptor, depth: number): Promise<void> {
    const { signal } = this.#stop;
    for (const tag of cosignTags(digest)) {
      const release = await this.#slots.acquire(depth);
      const found = this.#source.resolve(tag, { signal });
      const descriptor = await found.catch((error: unknown) => {
        release();
        if (!isMissing(error)) throw error;
      });
      if (!descriptor) continue;
      await this.#start({ descriptor, depth, tag }, release);
      this.#check();
      if (!this.#delivery.wasLeftOut(descriptor)) await this.#delivery.tag({ descriptor }, tag);
    }
  }
}

/** The repositories to mount from: the source, when it is another repository of the target's registry. */
function mountsOf(source: ReadOnlyTarget, target: Target, others: readonly string[] = []): readonly string[] {
  const from = source.reference;
  const to = target.reference;
  const isMountable = from && to && from.host === to.host && from.repository !== to.repository;
  return isMountable ? [...new Set([from.repository, ...others])] : others;
}

function isUnknownContent(error: unknown): boolean {
  const cause = isOrasError(error, 'COPY') ? error.cause : undefined;
  if (!isOrasError(cause, 'REGISTRY', 'NOT_FOUND')) return false;
  return cause.errors.some(({ code }) => unknownContent.includes(code));
}
