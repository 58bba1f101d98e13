import { createDigester } from '../../oci/digest.ts';
import type { Digest } from '../../types.ts';
import { pause } from '../pause.ts';

/** Bytes hashed at a time: some milliseconds where it is slow. */
const stepSize = 128 * 1024;

/** A sha256 that is computed here or elsewhere. */
export interface RunningDigest {
  /** Takes the next bytes and leaves them as they are. Once it is done with them, they may be written over. */
  update(bytes: Uint8Array<ArrayBuffer>): void | Promise<void>;
  /** Ends the computation and gives the digest. */
  digest(): Digest | Promise<Digest>;
  /** Ends the computation without one: nobody wants it any more. May be called in any state, more than once. */
  abandon?(): void;
}

/** A running sha256 that lets everything else have its turn between its steps. */
export function digestHere(): RunningDigest {
  const digester = createDigester();
  return {
    async update(bytes) {
      for (let start = 0; start < bytes.length; start += stepSize) {
        if (start > 0) await pause();
        digester.update(bytes.subarray(start, start + stepSize));
      }
    },
    digest: digester.digest,
  };
}

/** Bytes that are hashed and counted. */
export class CountedDigest {
  readonly #running: RunningDigest;
  #size = 0;

  /** Has seen nothing yet. */
  constructor(start: () => RunningDigest) {
    this.#running = start();
  }

  /** How many bytes they were so far. */
  get size(): number {
    return this.#size;
  }

  /** Takes the next bytes. */
  async update(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    this.#size += bytes.byteLength;
    await this.#running.update(bytes);
  }

  /** Ends the computation. */
  async end(): Promise<{ digest: Digest; size: number }> {
    return { digest: await this.#running.digest(), size: this.#size };
  }

  /** Ends the computation, if it has not ended. */
  abandon(): void {
    this.#running.abandon?.();
  }
}
