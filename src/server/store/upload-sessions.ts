import { randomHex } from '../../bytes/random.ts';
import { streamOf } from '../../bytes/streams.ts';
import type { KeyedSerial } from '../../concurrency.ts';
import type { AbortOptions } from '../../options.ts';
import { readFile } from '../../storage/read.ts';
import type { StorageAdapter } from '../../storage/storage.ts';
import { concatenated, received } from '../http/received.ts';
import { Refusal, sizeInvalid } from '../http/refusal.ts';

/** No repository name starts with `_`, so all sessions are below one prefix, and one list counts them. */
const folder = '_uploads/';
/**
 * Maximum size of a session file in bytes. A chunk takes about 80 bytes of it, so this allows any reasonable number of
 * chunks.
 */
const largestSession = 64 * 1024 * 1024;
const idGrammar = /^[0-9a-z]{1,11}-[0-9a-f]{32}$/;

/** An upload session. */
export interface UploadSession {
  /** Its id in URLs; it cannot be guessed. */
  id: string;
  /** The repository of the upload. */
  repository: string;
  /** The stored chunks, in order. */
  chunks: readonly { file: string; size: number }[];
}

/** Limits of uploads. */
export interface UploadLimits {
  /** Maximum number of sessions in progress. */
  sessions: number;
  /** Lifetime of a session in milliseconds. */
  age: number;
  /** Maximum size of a blob in bytes. */
  blobSize: number;
}

/** The upload sessions: each is a file that lists its chunks, and the chunks as files. */
export class UploadSessions {
  readonly #storage: StorageAdapter;
  readonly #changes: KeyedSerial;
  readonly #limits: UploadLimits;
  readonly #now: () => number;

  /** The sessions in a storage; `now` is the time in milliseconds. */
  constructor(storage: StorageAdapter, changes: KeyedSerial, limits: UploadLimits, now: () => number) {
    this.#storage = storage;
    this.#changes = changes;
    this.#limits = limits;
    this.#now = now;
  }

  /** Starts a session, after expired ones are removed. */
  start(repository: string, options?: AbortOptions): Promise<UploadSession> {
    return this.#changes.run(folder, async () => {
      const open = await this.#removeExpired(options);
      if (open >= this.#limits.sessions) {
        throw new Refusal(429, 'TOOMANYREQUESTS', `There are ${open} uploads in progress already`, {
          headers: { 'retry-after': '60' },
        });
      }
      const session = { id: `${this.#now().toString(36)}-${randomHex(16)}`, repository, chunks: [] };
      await this.#save(session, options);
      return session;
    });
  }

  /**
   * The session with an id.
   *
   * @throws Refusal 404 BLOB_UPLOAD_UNKNOWN, when there is none in this repository
   */
  async find(repository: string, id: string, options?: AbortOptions): Promise<UploadSession> {
    const isOpen = idGrammar.test(id) && !this.#isExpired(id);
    const bytes = isOpen ? await readFile(this.#storage, folder + id, largestSession, options) : undefined;
    const session = bytes && (JSON.parse(new TextDecoder().decode(bytes)) as UploadSession);
    if (session?.repository !== repository) {
      throw new Refusal(404, 'BLOB_UPLOAD_UNKNOWN', 'There is no such upload: it ended, was cancelled, or expired');
    }
    return session;
  }

  /**
   * Appends a chunk. It is written first and listed afterwards, so a partial chunk is never listed. Of two chunks for
   * the same offset one is refused by `outOfOrder`.
   */
  async append(
    session: UploadSession,
    chunk: { body: ReadableStream<Uint8Array>; size: number | undefined },
    outOfOrder: (session: UploadSession) => Refusal,
    options?: AbortOptions,
  ): Promise<UploadSession> {
    const { id, repository } = session;
    const file = `${folder}${id}.${randomHex(8)}`;
    const limit = this.#limits.blobSize - sizeOf(session);
    try {
      await this.#storage.put(file, received(chunk.body, { limit }), options);
      const size = (await this.#storage.get(file, options))?.size ?? 0;
      if (size !== (chunk.size ?? size)) throw sizeInvalid(chunk.size ?? 0, size);
      return await this.#changes.run(folder + id, async () => {
        const current = await this.find(repository, id, options);
        if (sizeOf(current) !== sizeOf(session)) throw outOfOrder(current);
        const changed = { ...current, chunks: [...current.chunks, { file, size }] };
        await this.#save(changed, options);
        return changed;
      });
    } catch (error) {
      await this.#storage.delete(file);
      throw error;
    }
  }

  /** The bytes received so far, as one stream. */
  content(session: UploadSession, options?: AbortOptions): ReadableStream<Uint8Array> {
    const open = async (file: string): Promise<ReadableStream<Uint8Array>> => {
      const chunk = await this.#storage.get(file, options);
      if (!chunk) throw new Refusal(404, 'BLOB_UPLOAD_UNKNOWN', 'The upload was cancelled');
      return streamOf(chunk);
    };
    return concatenated(
      session.chunks.map(
        ({ file }) =>
          () =>
            open(file),
      ),
    );
  }

  /** Removes a session and its chunks. It takes no signal, because an abort must not stop it halfway. */
  async end({ id, chunks }: UploadSession): Promise<void> {
    await this.#storage.delete(folder + id);
    for (const { file } of chunks) await this.#storage.delete(file);
  }

  async #save(session: UploadSession, options?: AbortOptions): Promise<void> {
    await this.#storage.put(folder + session.id, new Blob([JSON.stringify(session)]), options);
  }

  async #removeExpired(options?: AbortOptions): Promise<number> {
    const expired: string[] = [];
    let open = 0;
    for await (const { type, path } of this.#storage.list(folder, options)) {
      if (type !== 'file') continue;
      const [id = '', chunk] = path.slice(folder.length).split('.');
      if (this.#isExpired(id)) expired.push(path);
      else if (chunk === undefined) open++;
    }
    for (const path of expired) await this.#storage.delete(path);
    return open;
  }

  #isExpired(id: string): boolean {
    const started = Number.parseInt(id, 36);
    return !(this.#now() - started < this.#limits.age);
  }
}

/** Number of bytes in a session. */
export function sizeOf(session: UploadSession): number {
  return session.chunks.reduce((total, { size }) => total + size, 0);
}
