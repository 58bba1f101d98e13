/** Gives a slot back; further calls are ignored. */
export type Release = () => void;

/** A call that waits for a slot. */
interface Waiting {
  depth: number;
  take: (release: Release) => void;
}

/**
 * Limits how many operations run at a time. The deepest goes first: a manifest is in memory until everything below it is
 * copied, so a graph of any width needs only as many at a time as it has levels.
 */
export class Slots {
  #free: number;
  readonly #waiting: Waiting[] = [];

  /** This many slots, all of them free. */
  constructor(count: number) {
    this.#free = count;
  }

  /** Takes a slot as soon as one is free. Of the calls that wait, the deepest gets it first; of these, the oldest. */
  acquire(depth: number): Promise<Release> {
    if (this.#free > 0) {
      this.#free--;
      return Promise.resolve(this.#slot());
    }
    return new Promise((take) => this.#waiting.push({ depth, take }));
  }

  #slot(): Release {
    let isReleased = false;
    return () => {
      if (isReleased) return;
      isReleased = true;
      let deepest = 0;
      for (const [index, { depth }] of this.#waiting.entries()) {
        if (depth > (this.#waiting[deepest] as Waiting).depth) deepest = index;
      }
      const [next] = this.#waiting.splice(deepest, 1);
      if (next) next.take(this.#slot());
      else this.#free++;
    };
  }
}
