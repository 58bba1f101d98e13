import type { Descriptor } from './types.ts';

/** Taken by every asynchronous call. */
export interface AbortOptions {
  /** Ends the call, its requests and its transfers; it then rejects with `signal.reason`. Default: never. */
  signal?: AbortSignal | undefined;
}

/**
 * What happens to one descriptor during a transfer. Each descriptor gets either one `start` … `done`, or one `skip`;
 * `hash` events may come before. `transfer` never goes back and ends at the descriptor's size.
 */
export type TransferEvent =
  | {
      /** A file is being read to compute its digest. */
      type: 'hash';
      /** Name of the file. */
      name: string;
      /** Bytes read so far. */
      transferred: number;
      /** Bytes to read. */
      size: number;
    }
  | {
      /** The transfer begins, or is complete and verified. */
      type: 'start' | 'done';
      /** What is transferred. */
      descriptor: Descriptor;
    }
  | {
      /** Bytes went over. */
      type: 'transfer';
      /** What is transferred. */
      descriptor: Descriptor;
      /** Bytes transferred so far. */
      transferred: number;
    }
  | {
      /** There is nothing to transfer. */
      type: 'skip';
      /** What is not transferred. */
      descriptor: Descriptor;
      /** It is there already, was mounted from another repository, or was left out by choice. */
      reason: 'exists' | 'mounted' | 'filtered';
    };

/** Taken by calls that move content. */
export interface TransferOptions extends AbortOptions {
  /** Told of every step, in order for each descriptor. Default: nobody is told. */
  onProgress?: ((event: TransferEvent) => void) | undefined;
  /** How many blobs are transferred at a time. Default 3. */
  concurrency?: number | undefined;
  /**
   * Uploads content in requests of so many bytes each, or of more where the registry wants more: for what lets no long
   * request through (distribution-spec, "Pushing a blob in chunks"). Default: one request, which every registry takes.
   */
  chunkSize?: number | undefined;
}

/** Taken by calls that list. */
export interface PageOptions extends AbortOptions {
  /** Entries asked for per request; registries may send fewer. Default: the registry's own. */
  pageSize?: number | undefined;
}

/** A list that is fetched as it is read: by item, or by page. Leaving the loop early ends the requests. */
export interface Paginated<T> extends AsyncIterable<T> {
  /** The same list a page at a time; pages may be empty. */
  pages(): AsyncIterable<T[]>;
}
