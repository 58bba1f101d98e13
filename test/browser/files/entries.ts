/** What a fake folder has in it, by name: the text of a file, or another folder. */
export interface FakeFolder {
  readonly [name: string]: string | FakeFolder;
}

/** What happens to fake entries. Calls are named by method and path, as in `file photos/a.txt`. */
export interface FakeCalls {
  /** Every call is put here. */
  calls?: string[];
  /** What calls fail with. */
  failures?: Readonly<Record<string, DOMException>>;
}

/** How many entries one call of `readEntries` gives. Chromium gives 100 at first. */
const batch = 3;

/**
 * A folder as a browser shows it to a drop handler; scripts can make none. Its callbacks come later, as a browser's do,
 * and its reader gives a few entries at a time, and none in the end.
 */
export function fakeFolder(name: string, content: FakeFolder, happenings: FakeCalls = {}): FileSystemDirectoryEntry {
  return new FakeEntry(name, name, content, happenings) as unknown as FileSystemDirectoryEntry;
}

class FakeEntry {
  readonly name: string;
  readonly isDirectory: boolean;
  readonly #path: string;
  readonly #content: string | FakeFolder;
  readonly #happenings: FakeCalls;

  constructor(name: string, path: string, content: string | FakeFolder, happenings: FakeCalls) {
    this.name = name;
    this.isDirectory = typeof content !== 'string';
    this.#path = path;
    this.#content = content;
    this.#happenings = happenings;
  }

  createReader() {
    const left = Object.keys(this.#content).map((name) => this.#child(name));
    const readEntries = (resolve: (entries: unknown[]) => void, reject: ErrorCallback): void =>
      this.#call(`readEntries ${this.#path}`, () => resolve(left.splice(0, batch)), reject);
    return { readEntries };
  }

  file(resolve: FileCallback, reject: ErrorCallback): void {
    this.#call(`file ${this.#path}`, () => resolve(new File([this.#content as string], this.name)), reject);
  }

  getFile(path: string, _options: object, resolve: (entry: unknown) => void, reject: ErrorCallback): void {
    let found: FakeEntry | undefined = this;
    for (const name of path.split('/')) found = found?.isDirectory ? found.#child(name) : undefined;
    const failure = found ? 'TypeMismatchError' : 'NotFoundError';
    const end = found?.isDirectory === false ? () => resolve(found) : () => reject(new DOMException('none', failure));
    this.#call(`getFile ${this.#path}/${path}`, end, reject);
  }

  #child(name: string): FakeEntry | undefined {
    const content = (this.#content as FakeFolder)[name];
    return content === undefined ? undefined : new FakeEntry(name, `${this.#path}/${name}`, content, this.#happenings);
  }

  #call(call: string, end: () => void, reject: ErrorCallback): void {
    const { calls, failures } = this.#happenings;
    calls?.push(call);
    const failure = failures?.[call];
    setTimeout(() => (failure ? reject(failure) : end()));
  }
}
