import { vi } from 'vitest';
import { fakeSender, status } from './fake-fetch.ts';

// ky is loaded when it is first needed, which nothing waits for that has stopped the clock.
await fakeSender([status(503), status(200)]).send('GET', 'https://reg.test/v2/');

/** Stops the clock; `pass` moves it. */
export function stopClock(now = 0): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now });
}

/** Lets so many milliseconds of a stopped clock pass, and everything happen that is due then. */
export async function pass(milliseconds: number): Promise<void> {
  await settle();
  await vi.advanceTimersByTimeAsync(milliseconds);
  await settle();
}

/** Lets everything happen that needs no time. Streams of browsers take more than the turn of a microtask. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 30; turn++) {
    await new Promise((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        port1.close();
        resolve(undefined);
      };
      port2.postMessage(undefined);
    });
  }
}
