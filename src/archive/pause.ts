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
