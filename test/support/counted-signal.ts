/** A signal that knows how many listeners it has. */
export interface CountedSignal {
  controller: AbortController;
  signal: AbortSignal;
  /** Listeners it has now. */
  now: () => number;
  /** Listeners it had at most. */
  most: () => number;
}

/** A signal to hand in, whose listeners are counted. */
export function countedSignal(): CountedSignal {
  const controller = new AbortController();
  const { signal } = controller;
  const listeners = new Set<unknown>();
  let most = 0;
  const { addEventListener, removeEventListener } = signal;
  Object.assign(signal, {
    addEventListener(...parameters: Parameters<typeof addEventListener>) {
      listeners.add(parameters[1]);
      most = Math.max(most, listeners.size);
      addEventListener.apply(signal, parameters);
    },
    removeEventListener(...parameters: Parameters<typeof removeEventListener>) {
      listeners.delete(parameters[1]);
      removeEventListener.apply(signal, parameters);
    },
  });
  return { controller, signal, now: () => listeners.size, most: () => most };
}
