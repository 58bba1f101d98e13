/** One push of a tag: when it was begun, and when its answer came; never, if the answer was lost. */
interface TagPush {
  digest: string;
  begun: number;
  answered: number;
}

/** What a registry has acknowledged, and what a tag may therefore stand for. */
export class History {
  /** Acknowledged blobs, by repository. */
  readonly blobs = new Map<string, Set<string>>();
  /** Acknowledged manifests, by repository. */
  readonly manifests = new Map<string, Set<string>>();
  /** Requests whose answer was lost. */
  lost = 0;
  readonly #tags = new Map<string, TagPush[]>();
  readonly #waiting = new Set<() => void>();

  /** How many blobs and manifests are acknowledged. */
  get size(): number {
    const sets = [...this.blobs.values(), ...this.manifests.values()];
    return sets.reduce((sum, { size }) => sum + size, 0);
  }

  /** The names `<repository>:<tag>` of all tags that were ever pushed. */
  get tags(): string[] {
    return [...this.#tags.keys()];
  }

  /** Waits until so many more blobs and manifests are acknowledged. */
  more(count: number): Promise<void> {
    const wanted = this.size + count;
    return new Promise((resolve) => {
      const check = (): void => {
        if (this.size < wanted) return;
        this.#waiting.delete(check);
        resolve();
      };
      this.#waiting.add(check);
      check();
    });
  }

  /** A blob was acknowledged. */
  blob(repository: string, digest: string): void {
    this.#acknowledged(this.blobs, repository, digest);
  }

  /** A push of a manifest to a tag begins; what it gives is called when it is acknowledged. */
  tagging(repository: string, tag: string, digest: string): () => void {
    const push: TagPush = { digest, begun: performance.now(), answered: Number.POSITIVE_INFINITY };
    const name = `${repository}:${tag}`;
    this.#tags.set(name, [...(this.#tags.get(name) ?? []), push]);
    return () => {
      push.answered = performance.now();
      this.#acknowledged(this.manifests, repository, digest);
    };
  }

  /** What a tag may stand for: all that was not replaced by an acknowledged push that began after it was answered. */
  possible(name: string): (string | undefined)[] {
    const pushes = this.#tags.get(name) ?? [];
    const acknowledged = pushes.filter(({ answered }) => answered < Number.POSITIVE_INFINITY);
    const left = pushes.filter((push) => !acknowledged.some(({ begun }) => begun > push.answered));
    return [...left.map(({ digest }) => digest), ...(acknowledged.length > 0 ? [] : [undefined])];
  }

  /** The registry was ended, so no request is on its way any more: a tag stands for what was found. */
  settle(name: string, digest: string | undefined): void {
    if (digest === undefined) this.#tags.delete(name);
    else this.#tags.set(name, [{ digest, begun: 0, answered: performance.now() }]);
  }

  #acknowledged(sets: Map<string, Set<string>>, repository: string, digest: string): void {
    const set = sets.get(repository) ?? new Set();
    sets.set(repository, set.add(digest));
    for (const check of this.#waiting) check();
  }
}
