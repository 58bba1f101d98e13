import type { Connection } from '../connection/connection.ts';

/** Bytes per request where the caller named no size and one request for everything is no good. */
export const defaultChunkBytes: number = 16 * 1024 * 1024;
/** Smaller ones are not sent because a registry wants it: each byte could cost a request. */
export const minChunkBytes: number = 64 * 1024;

/**
 * How many bytes one request of an upload has: what the caller asked for, within what the registry says of the session
 * and what is known of its host. What the registry refuses as too large becomes smaller.
 */
export class ChunkSizes {
  #asked: number | undefined;
  #minimum = 0;
  #maximum: number = Number.POSITIVE_INFINITY;
  readonly #host: number;

  /** Sizes for an upload to a connection; without `asked` all of it goes in one request. */
  constructor(connection: Pick<Connection, 'maxChunkSize'>, asked?: number) {
    this.#asked = asked;
    this.#host = connection.maxChunkSize ?? Number.POSITIVE_INFINITY;
  }

  /** Bytes per request that are asked for; undefined when all goes in one. */
  get asked(): number | undefined {
    return this.#asked;
  }

  /** Fewest bytes the registry takes per request, but for the last one. */
  get minimum(): number {
    return this.#minimum;
  }

  /** Most bytes it takes per request. */
  get maximum(): number {
    return this.#maximum;
  }

  /** Bytes one request may have. */
  get request(): number {
    return Math.min(Math.max(this.#asked ?? Number.POSITIVE_INFINITY, this.#minimum), this.#maximum);
  }

  /** Bytes one chunk may have. What a host takes is for chunks only: one request with everything may be larger. */
  get chunk(): number {
    return Math.min(this.request, this.#host);
  }

  /** Keeps what the answer that began a session says. The maximum is Cloudflare's, not the specification's. */
  announce(headers: Headers): void {
    this.#minimum = lengthIn(headers, 'min') ?? 0;
    this.#maximum = lengthIn(headers, 'max') ?? Number.POSITIVE_INFINITY;
  }

  /** Sends chunks from now on, of the default size where none was asked for. */
  divide(): void {
    this.#asked ??= defaultChunkBytes;
  }

  /** Sends all in one request from now on. */
  unite(): void {
    this.#asked = undefined;
  }

  /** Asks for no more than so many bytes, of which the registry took the most. */
  limit(bytes: number): void {
    this.#asked = Math.max(minChunkBytes, bytes);
  }

  /** Asks for less after a request of so many bytes was refused as too large: what the refusal says, or half of it. */
  shrink({ headers }: Response, bytes: number): void {
    const said = lengthIn(headers, 'max');
    this.limit(said && said < bytes ? said : Math.floor(bytes / 2));
  }
}

/** Bytes that a registry wants per request at least or at most, if it says so; other words would send nothing. */
function lengthIn(headers: Headers, which: 'min' | 'max'): number | undefined {
  const length = Number(headers.get(`oci-chunk-${which}-length`));
  return Number.isSafeInteger(length) && length > 0 ? length : undefined;
}
