import { counter, type StreamObserver, tap } from '../bytes/tap.ts';
import type { TransferEvent } from '../options.ts';
import type { Descriptor } from '../types.ts';

/** Reports the transfer of one descriptor: `start`, `transfer`, `done`. */
export interface Progress {
  /** The transfer begins; further calls are ignored. */
  start(): void;
  /** This many bytes were transferred so far; reported at most every 1/100 of the size, and never decreasing. */
  transferred(bytes: number): void;
  /** The transfer is complete. */
  done(): void;
  /** The same stream, reporting the bytes read from it. `others` observe each chunk first, in the same pass. */
  stream(stream: ReadableStream<Uint8Array>, ...others: readonly StreamObserver[]): ReadableStream<Uint8Array>;
}

/** Throttles a count of bytes: reports at most every 1/100 of the size and at its end, and never decreasing. */
export function throttled(size: number, report: (bytes: number) => void): (bytes: number) => void {
  const step = size / 100;
  let last = 0;
  return (bytes) => {
    if (bytes <= last || (bytes < size && bytes - last < step)) return;
    last = bytes;
    report(bytes);
  };
}

/** Does not report the transfer. */
export const silent: Progress = { start() {}, transferred() {}, done() {}, stream: tap };

/** Reports the transfer of a descriptor to a listener, if there is one. */
export function progressOf(descriptor: Descriptor, listener?: (event: TransferEvent) => void): Progress {
  if (!listener) return silent;
  const { size } = descriptor;
  const transferred = throttled(size, (bytes) => listener({ type: 'transfer', descriptor, transferred: bytes }));
  let isStarted = false;
  return {
    transferred,
    start() {
      if (!isStarted) listener({ type: 'start', descriptor });
      isStarted = true;
    },
    done() {
      transferred(size);
      listener({ type: 'done', descriptor });
    },
    stream: (stream, ...others) => tap(stream, ...others, counter(transferred)),
  };
}

/** Reports a transfer whose descriptor becomes known later; the bytes sent until then are reported at that point. */
export class LateProgress implements Progress {
  #progress = silent;
  #transferred = 0;

  /** Sets the descriptor and the listener, and reports the start. */
  describe(descriptor: Descriptor, listener?: (event: TransferEvent) => void): void {
    this.#progress = progressOf(descriptor, listener);
    this.start();
    this.#progress.transferred(this.#transferred);
  }

  readonly start = (): void => this.#progress.start();
  readonly done = (): void => this.#progress.done();
  readonly transferred = (bytes: number): void => {
    this.#transferred = bytes;
    this.#progress.transferred(bytes);
  };
  readonly stream: Progress['stream'] = (stream, ...others) => tap(stream, ...others, counter(this.transferred));
}
