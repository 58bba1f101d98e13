import { isOrasError, type StorageAdapter, type StorageEntry } from 'oras-js';

// What the contracts of storages check with: no test framework, so that any runner can try any storage.

/** Bytes that are nowhere the same for long. */
export const lorem = new Uint8Array(3_000_000).map((_, index) => (index * 7 + (index >> 8)) & 0xff);

/** The bytes in chunks of the given sizes, and the rest in one. */
export function chunked(bytes: Uint8Array, sizes: readonly number[]): ReadableStream<Uint8Array> {
  let offset = 0;
  const waiting = [...sizes];
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      if (offset >= bytes.byteLength) return controller.close();
      const end = waiting.length > 0 ? offset + waiting.shift()! : bytes.byteLength;
      controller.enqueue(bytes.slice(offset, end));
      offset = end;
    },
  });
}

/** A stream that gives some chunks and then fails. */
export function failing(error: Error): ReadableStream<Uint8Array> {
  let pulls = 0;
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      if (pulls++ < 3) controller.enqueue(lorem.slice(0, 100_000));
      else controller.error(error);
    },
  });
}

/** A Blob of a text. */
export function text(content: string): Blob {
  return new Blob([content]);
}

/** The paths of the files below a prefix, in order. */
export async function filesOf(storage: StorageAdapter, prefix?: string, signal?: AbortSignal): Promise<string[]> {
  const files: StorageEntry[] = [];
  for await (const entry of storage.list(prefix, { signal })) if (entry.type === 'file') files.push(entry);
  return files.map(({ path }) => path).sort();
}

/** The entry at a path, as the list has it. */
export async function entryOf(storage: StorageAdapter, path: string): Promise<StorageEntry | undefined> {
  for await (const entry of storage.list(path)) if (entry.path === path) return entry;
  return undefined;
}

/** The code of an error of this package. */
export function codeOf(error: unknown): string | undefined {
  return isOrasError(error) ? error.code : undefined;
}

/** What a promise rejects with; undefined when it does not. */
export function errorOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

/** Fails unless a file has this text. */
export async function expectText(storage: StorageAdapter, path: string, expected: string): Promise<void> {
  equal(await (await storage.get(path))?.text(), expected, path);
}

/** Fails unless a file has these bytes. */
export async function expectContent(storage: StorageAdapter, path: string, expected: Uint8Array): Promise<void> {
  const blob = await storage.get(path);
  if (!blob) throw new Error(`${path} is missing`);
  const actual = new Uint8Array(await blob.arrayBuffer());
  equal(actual.byteLength, expected.byteLength, `size of ${path}`);
  const different = actual.findIndex((byte, index) => byte !== expected[index]);
  equal(different, -1, `first wrong byte of ${path}`);
}

/** Fails unless both are equal, lists in any order. */
export function equal(actual: unknown, expected: unknown, what: string): void {
  const sorted = (value: unknown): unknown => (Array.isArray(value) ? [...value].sort() : value);
  const same = actual === expected || (Array.isArray(expected) && json(sorted(actual)) === json(sorted(expected)));
  if (!same) throw new Error(`${what}: expected ${json(expected)}, not ${json(actual)}`);
}

/** A value as text, to compare and to show. */
export function json(value: unknown): string {
  return value instanceof Error ? String(value) : (JSON.stringify(value) ?? String(value));
}
