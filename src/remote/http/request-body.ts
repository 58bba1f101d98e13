import { failingAs } from '../../bytes/streams.ts';

/**
 * A request body that records the error of reading its content, for a fetch written in JavaScript. Without it such an
 * error looks like a broken connection. The fetch of a browser reads the Blob itself.
 */
export class RequestBody {
  /** The Blob to pass to fetch. */
  readonly blob: Blob;
  #failure: { error: unknown } | undefined;

  /** A body with this content. */
  constructor(content: Blob) {
    // A copy that shares the bytes, not a wrapper: some runtimes read a Blob's internals.
    const own = content.slice(0, content.size, content.type);
    // A foreign kind of Blob whose `slice` does not work.
    if (own.size !== content.size) this.blob = content;
    else this.blob = Object.defineProperty(own, 'stream', { value: () => this.#stream(content), configurable: true });
  }

  /** The error of the last read of the content, if it failed. */
  get failure(): { error: unknown } | undefined {
    return this.#failure;
  }

  #stream(content: Blob): ReadableStream<Uint8Array> {
    this.#failure = undefined;
    return failingAs(content, (error) => {
      this.#failure = { error };
      return error;
    });
  }
}
