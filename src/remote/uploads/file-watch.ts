import { LinkedAbort } from '../../aborts.ts';

/** Milliseconds without progress after which the file is looked at. */
const silence = 5000;

/** A watch over a file that is sent. */
export interface FileWatch {
  /** For the request: aborted when the other signal is, and with what the look at the file rejects with. */
  readonly signal: AbortSignal;
  /** Tells how many bytes are sent by now. With all of them the file is of no interest any more. */
  sent(bytes: number): void;
  /** To be called once the request has ended. */
  end(): void;
}

/**
 * Looks at a file of `size` bytes when a page that sends it gets no further. Firefox tells nothing of a file that gets
 * shorter meanwhile: the request just never ends.
 */
export function watchFile(size: number, look: () => Promise<void>, signal: AbortSignal | undefined): FileWatch {
  const stop = new LinkedAbort(signal);
  let most = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const lookAgain = (): Promise<void> =>
    look().then(
      () => sent(most),
      (reason) => stop.abort(reason),
    );
  const sent = (bytes: number): void => {
    most = bytes;
    clearTimeout(timer);
    if (bytes < size) timer = setTimeout(lookAgain, silence);
  };
  sent(0);
  return {
    signal: stop.signal,
    sent,
    end() {
      sent(size);
      stop.release();
    },
  };
}
