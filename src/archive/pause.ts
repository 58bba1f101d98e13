/**
 * Lets everything else that waits for its turn go first: events of a page, its drawing, requests of a server. Timers would
 * make it wait for milliseconds, and in a page that is not seen for a second.
 */
export function pause(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}

/** Milliseconds of work in a row: after them a page may draw, and it still has time to, 60 times a second. */
const longestWork = 8;

/** Gives a function to wait for between small pieces of work: it makes a {@link pause} when they took some milliseconds. */
export function pauses(): () => Promise<void> {
  let begin = performance.now();
  return async () => {
    if (performance.now() - begin < longestWork) return;
    await pause();
    begin = performance.now();
  };
}
