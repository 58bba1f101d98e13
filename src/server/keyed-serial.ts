import { Serial } from '../concurrency.ts';

/** Runs what has the same key one after the other, and all else side by side. Keeps nothing of keys that are idle. */
export class KeyedSerial {
  readonly #running = new Map<string, { serial: Serial; users: number }>();

  /** Runs `work` when everything with the same key before it has ended. */
  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const entry = this.#running.get(key) ?? { serial: new Serial(), users: 0 };
    this.#running.set(key, entry);
    entry.users++;
    try {
      return await entry.serial.run(work);
    } finally {
      entry.users--;
      if (entry.users === 0) this.#running.delete(key);
    }
  }
}
