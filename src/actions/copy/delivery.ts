import { blobOf } from '../../bytes/streams.ts';
import { isOrasError } from '../../errors.ts';
import type { TransferEvent } from '../../options.ts';
import { ofCaller } from '../../target/callers.ts';
import type { ReadOnlyTarget, Target } from '../../target/target.ts';
import type { Descriptor, Digest } from '../../types.ts';
import type { Root } from './copy-root.ts';
import type { CopyResult, GraphOptions } from './options.ts';
import { at } from './sides.ts';

/** Moves single nodes to the target, tells the caller about each, and counts them. */
export class Delivery {
  readonly #source: ReadOnlyTarget;
  readonly #target: Target;
  readonly #options: GraphOptions;
  readonly #signal: AbortSignal;
  /** Tags that were set together with their manifest. */
  readonly #tagged = new Set<string>();
  readonly #leftOut = new Set<Digest>();
  readonly #foreign: Descriptor[] = [];
  readonly #counts = { copied: 0, skipped: 0, mounted: 0 };
  #unlisted: unknown;

  /** Deliveries of one copy, which the signal aborts. */
  constructor(source: ReadOnlyTarget, target: Target, options: GraphOptions, signal: AbortSignal) {
    this.#source = source;
    this.#target = target;
    this.#options = options;
    this.#signal = signal;
  }

  /** What was delivered so far. */
  get result(): Omit<CopyResult, 'descriptor'> {
    return { ...this.#counts, foreign: this.#foreign };
  }

  /** The error of a manifest that was stored, but is not listed as a referrer; undefined if there is none. */
  get unlisted(): unknown {
    return this.#unlisted;
  }

  /** Tells whether the target has it. */
  exists(descriptor: Descriptor): Promise<boolean> {
    const signal = this.#signal;
    return at({ side: 'target', operation: 'exists', descriptor }, signal, () =>
      this.#target.exists(descriptor, { signal, intent: 'push' }),
    );
  }

  /** Asks the caller whether to leave it out. */
  async isLeftOut(descriptor: Descriptor): Promise<boolean> {
    if ((await this.#call('beforeCopy', descriptor)) !== 'skip') return false;
    this.#leaveOut(descriptor);
    return true;
  }

  /** Tells whether it was left out. */
  wasLeftOut({ digest }: Descriptor): boolean {
    return this.#leftOut.has(digest);
  }

  /** Leaves out a layer that must not be distributed. */
  foreign(descriptor: Descriptor): void {
    this.#foreign.push(descriptor);
    this.#leaveOut(descriptor);
  }

  /** Does not copy what the target has. */
  async skip(descriptor: Descriptor): Promise<void> {
    this.#counts.skipped++;
    this.#tell({ type: 'skip', descriptor, reason: 'exists' });
    await this.#call('onSkipped', descriptor);
  }

  /** Copies a blob; the source is not asked for it when it is mounted. `isAgain`: the registry said before that it has it. */
  async blob(descriptor: Descriptor, isAgain = false): Promise<void> {
    const signal = this.#signal;
    const { chunkSize, resume } = this.#options;
    const mountFrom = isAgain ? undefined : this.#options.mountFrom;
    let isMounted = false;
    const onProgress = (event: TransferEvent): void => {
      if (event.type === 'skip' && event.reason === 'mounted') isMounted = true;
      this.#tell(event);
    };
    await at({ side: 'target', operation: 'push', descriptor }, signal, async () => {
      const stream = await this.#source.fetch(descriptor, { signal });
      await this.#target.push(descriptor, stream, { chunkSize, mountFrom, resume, onProgress, signal });
    });
    this.#counts[isMounted ? 'mounted' : 'copied']++;
    await this.#call(isMounted ? 'onMounted' : 'afterCopy', descriptor);
  }

  /** Stores a manifest whose content is stored, with its tag where the target can do both at once. */
  async manifest(descriptor: Descriptor, bytes: Uint8Array, tag: string | undefined): Promise<void> {
    await this.#put(descriptor, bytes, tag, (event) => this.#tell(event));
    this.#counts.copied++;
    await this.#call('afterCopy', descriptor);
  }

  /** Sets a tag, unless that was done together with the manifest. */
  async tag({ descriptor, bytes }: Root, tag: string): Promise<void> {
    if (this.#tagged.has(tag)) return;
    const signal = this.#signal;
    if (bytes && this.#target.pushReference) return this.#put(descriptor, bytes, tag);
    await at({ side: 'target', operation: 'tag', descriptor }, signal, () =>
      this.#target.tag(descriptor, tag, { signal }),
    );
  }

  async #put(
    descriptor: Descriptor,
    bytes: Uint8Array,
    tag: string | undefined,
    onProgress?: (event: TransferEvent) => void,
  ): Promise<void> {
    const target = this.#target;
    const signal = this.#signal;
    const both = tag !== undefined && target.pushReference ? tag : undefined;
    await at({ side: 'target', operation: 'push', descriptor }, signal, async () => {
      const options = { onProgress, signal };
      // A registry that compresses responses may have announced another size.
      const stored = { ...descriptor, size: bytes.byteLength };
      if (both === undefined) await target.push(stored, blobOf(bytes), options);
      else await target.pushReference?.(stored, blobOf(bytes), both, options);
    }).catch((error: unknown) => {
      // The manifest is stored, so the copy goes on.
      if (!isOrasError(error, 'COPY') || !isOrasError(error.cause, 'REFERRERS')) throw error;
      this.#unlisted ??= error;
    });
    if (both !== undefined) this.#tagged.add(both);
  }

  #leaveOut(descriptor: Descriptor): void {
    this.#leftOut.add(descriptor.digest);
    this.#tell({ type: 'skip', descriptor, reason: 'filtered' });
  }

  async #call(hook: 'beforeCopy' | 'afterCopy' | 'onSkipped' | 'onMounted', descriptor: Descriptor): Promise<unknown> {
    const call = this.#options[hook];
    return call && ofCaller(() => call(descriptor));
  }

  #tell(event: TransferEvent): void {
    this.#options.onProgress?.(event);
  }
}
