import { failingAs } from '../../bytes/streams.ts';

/**
 * A Blob to be sent that remembers what reading it failed with, where it is a fetch written in JavaScript that reads it:
 * of such a request all that can be seen otherwise is a connection that broke. The fetch of a browser reads by itself.
 */
export class RequestBody {
  /** What is handed to the fetch. */
  readonly blob: Blob;
  #failure: { error: unknown } | undefined;

  /** The content as a body. */
  constructor(content: Blob) {
    // A Blob of its own with the same bytes, and not an object around it: some runtimes look inside.
    const own = content.slice(0, content.size, content.type);
    // Somebody else's kind of Blob, who did not think of parts.
    if (own.size !== content.size) this.blob = content;
    else this.blob = Object.defineProperty(own, 'stream', { value: () => this.#stream(content), configurable: true });
  }

  /** What the content failed with when it was read the last time, if it did. */
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
