import { MemoryStorage, NetworkError, OciLayout, push, type StorageAdapter, UnauthorizedError } from 'oras-js';
import type { HashBlob } from '../../src/bytes/hash.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { noise } from './noise.ts';
import { host } from './upload-registry.ts';

/** How a function of the caller fails. */
export const ways = ['throws', 'rejects'] as const;
/** One of them. */
export type Way = (typeof ways)[number];

/**
 * Makes errors that a caller's function may throw: its own, and those that this package would pass over or repeat. A new
 * one each time, as what was once thrown by a caller is known as such.
 */
export const mistakes: readonly (() => unknown)[] = [
  () => new Error('mine'),
  () => new TypeError('fetch failed'),
  () => new DOMException('mine', 'NotReadableError'),
  () => new NetworkError('mine', `http://${host}/v2/org/files/blobs/uploads/`, false),
  () => new UnauthorizedError('mine', { status: 401, method: 'GET', url: 'http://elsewhere.test', errors: [] }),
  () => 'no object',
];

/** A function that fails with the k-th call; it tells how often it was called, and what it got then. */
export class Failing {
  calls = 0;
  /** What the failing call got; undefined before. */
  failed: unknown;
  readonly error: unknown;
  /** Called just before it fails. */
  onFailure = (): void => {};
  readonly #at: number;
  readonly #way: Way;

  constructor(at: number, way: Way, error: unknown = new Error('mine')) {
    this.#at = at;
    this.#way = way;
    this.error = error;
  }

  /** The function. */
  readonly call = (value?: unknown): unknown => {
    if (++this.calls !== this.#at) return undefined;
    this.failed = value ?? true;
    this.onFailure();
    if (this.#way === 'rejects') return Promise.reject(this.error);
    throw this.error;
  };

  /** A storage whose calls fail so. */
  storage(storage: StorageAdapter = new MemoryStorage()): StorageAdapter {
    const { call } = this;
    return {
      get: async (path, options) => {
        await call(`get ${path}`);
        return storage.get(path, options);
      },
      async *list(prefix, options) {
        await call(`list ${prefix}`);
        yield* storage.list(prefix, options);
      },
      put: async (path, content, options) => {
        await call(`put ${path}`);
        return storage.put(path, content, options);
      },
      delete: async (path, options) => {
        await call(`delete ${path}`);
        return storage.delete(path, options);
      },
    };
  }
}

/** Content that is sent while it is hashed. */
export const large: Uint8Array<ArrayBuffer> = noise(4 * 1024 * 1024, 61);
const largeDigest = digestOf(large);

/** A hash of the large content that takes no time, and reports five times how far it is. */
export const knownHash: HashBlob = async (content, { onRead } = {}) => {
  if (content.size !== large.byteLength) return digestOf(new Uint8Array(await content.arrayBuffer()));
  for (let part = 1; part <= 5; part++) {
    await Promise.resolve();
    onRead?.((large.byteLength / 5) * part);
  }
  return largeDigest;
};

/** A layout with an artifact of two small files and a blob that is none. */
export async function smallLayout(): Promise<OciLayout> {
  const layout = new OciLayout(new MemoryStorage());
  await push(layout, 'v1', [
    { name: 'a', content: 'first' },
    { name: 'b', content: 'second' },
  ]);
  return layout;
}
