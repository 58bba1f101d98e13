import type { Connection } from '../connection/connection.ts';

/** Default chunk size in bytes. */
export const defaultChunkBytes: number = 16 * 1024 * 1024;
/** Minimum chunk size in bytes when a registry asks for smaller ones: each byte could cost a request. */
export const minChunkBytes: number = 64 * 1024;

/**
 * The chunk size policy of an upload: what the caller asked for, within the limits of the session and those known of
 * the host. It shrinks after a 413.
 */
export class ChunkSizes {
  #asked: number | undefined;
  #minimum = 0;
  #maximum: number = Number.POSITIVE_INFINITY;
  readonly #host: number;

  /** Sizes for an upload over a connection; without `asked`, everything is sent in one request. */
  constructor(connection: Pick<Connection, 'maxChunkSize'>, asked?: number) {
    this.#asked = asked;
    this.#host = connection.maxChunkSize ?? Number.POSITIVE_INFINITY;
  }

  /** Requested chunk size in bytes; undefined when everything is sent in one request. */
  get asked(): number | undefined {
    return this.#asked;
  }

  /** The registry's minimum chunk size in bytes; the last chunk may be smaller. */
  get minimum(): number {
    return this.#minimum;
  }

  /** The registry's maximum chunk size in bytes. */
  get maximum(): number {
    return this.#maximum;
  }

  /** Maximum size of a request in bytes. */
  get request(): number {
    return Math.min(Math.max(this.#asked ?? Number.POSITIVE_INFINITY, this.#minimum), this.#maximum);
  }

  /**
   * Maximum size of a chunk in bytes. The limit of a host applies to chunks only: one request with everything may be
   * larger.
   */
  get chunk(): number {
    return Math.min(this.request, this.#host);
  }

  /** Reads the limits in the answer that started the session. The maximum is an extension of Cloudflare. */
  announce(headers: Headers): void {
    this.#minimum = lengthIn(headers, 'min') ?? 0;
    this.#maximum = lengthIn(headers, 'max') ?? Number.POSITIVE_INFINITY;
  }

  /** Switches to chunks, of the default size unless one was requested. */
  divide(): void {
    this.#asked ??= defaultChunkBytes;
  }

  /** Switches to one request with everything. */
  unite(): void {
    this.#asked = undefined;
  }

  /** Lowers the chunk size to what the registry accepted. */
  limit(bytes: number): void {
    this.#asked = Math.max(minChunkBytes, bytes);
  }

  /**
   * Lowers the chunk size after a request of this size got a 413: to the maximum in the error response, or else to
   * half.
   */
  shrink({ headers }: Response, bytes: number): void {
    const said = lengthIn(headers, 'max');
    this.limit(said && said < bytes ? said : Math.floor(bytes / 2));
  }
}

/** A chunk size limit of the registry in bytes; undefined when it is missing or invalid. */
function lengthIn(headers: Headers, which: 'min' | 'max'): number | undefined {
  const length = Number(headers.get(`oci-chunk-${which}-length`));
  return Number.isSafeInteger(length) && length > 0 ? length : undefined;
}
