import { counter, type StreamObserver, tap } from '../bytes/tap.ts';
import type { TransferEvent } from '../options.ts';
import type { Descriptor } from '../types.ts';

/** Reports one transfer of one descriptor: `start`, how far it is, `done`. */
export interface Progress {
  /** The transfer begins; it begins once. */
  start(): void;
  /** So many bytes are over; reported at most every 1/100 of the size, and never backwards. */
  transferred(bytes: number): void;
  /** The transfer is complete. */
  done(): void;
  /** The stream unchanged, reporting what goes through it. `others` observe it in the same pass, before it is reported. */
  stream(stream: ReadableStream<Uint8Array>, ...others: readonly StreamObserver[]): ReadableStream<Uint8Array>;
}

/** Hands on a count of bytes at most every 1/100 of the size and at its end, and never backwards. */
export function throttled(size: number, report: (bytes: number) => void): (bytes: number) => void {
  const step = size / 100;
  let last = 0;
  return (bytes) => {
    if (bytes <= last || (bytes < size && bytes - last < step)) return;
    last = bytes;
    report(bytes);
  };
}

/** Reports a transfer to nobody. */
export const silent: Progress = { start() {}, transferred() {}, done() {}, stream: tap };

/** Reports the transfer of a descriptor to a listener, or to nobody. */
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

/** Reports a transfer whose descriptor is known later only: what was sent by then is reported once it is. */
export class LateProgress implements Progress {
  #progress = silent;
  #transferred = 0;

  /** From now on the transfer is one of this descriptor, and has begun. */
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
