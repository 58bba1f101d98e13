import type { Descriptor } from './types.ts';

/** Taken by every asynchronous call. */
export interface AbortOptions {
  /** Ends the call, its requests and its transfers; it then rejects with `signal.reason`. Default: never. */
  signal?: AbortSignal | undefined;
}

/**
 * Something a user may want to know, though the call goes on: a registry's own message (distribution-spec, "Warnings"),
 * or what this package read differently from what it says.
 */
export interface RegistryWarning {
  /** Host of the registry it is about; empty where there is none, as for an image layout. */
  host: string;
  /** The message. */
  text: string;
}

/** Taken by calls that may go on where something is odd. */
export interface WarningOptions {
  /**
   * Told of every warning, once per text. What a registry itself says is told to the listener of the `Registry` only.
   * Default: nobody.
   */
  onWarning?: ((warning: RegistryWarning) => void) | undefined;
}

/**
 * What happens to one descriptor during a transfer. Each descriptor gets either one `start` … `done`, or one `skip`;
 * `hash` events may come before, and one `resume` or `restart`. `transfer` never goes back and ends at the
 * descriptor's size.
 */
export type TransferEvent =
  | {
      /** A file is being read to compute its digest. */
      type: 'hash';
      /** Name of the file. */
      name: string;
      /** Bytes read so far. */
      transferred: number;
      /** Bytes to read; undefined for a stream. */
      size: number | undefined;
    }
  | {
      /** The transfer begins, or is complete and verified. */
      type: 'start' | 'done';
      /** What is transferred. */
      descriptor: Descriptor;
    }
  | {
      /** Progress: bytes were transferred. */
      type: 'transfer';
      /** What is transferred. */
      descriptor: Descriptor;
      /** Bytes transferred so far. */
      transferred: number;
    }
  | {
      /** An upload that was noted goes on. */
      type: 'resume';
      /** What is transferred. */
      descriptor: Descriptor;
      /** Bytes the registry has already. */
      transferred: number;
    }
  | {
      /** An upload that was noted cannot go on, and begins again. */
      type: 'restart';
      /** What is transferred. */
      descriptor: Descriptor;
      /** The file is another one than it was, or the registry knows nothing of its upload any more. */
      reason: 'changed' | 'expired';
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
  /**
   * Told of every step, in order for each descriptor. It may be an async function; the next step does not wait for it, but
   * the call ends after it. What it throws or rejects with ends the call, as an abort does, and is what the call rejects
   * with; then, and once `signal` is aborted, it is told nothing more. Default: nobody is told.
   */
  onProgress?: ((event: TransferEvent) => void) | undefined;
  /** How many blobs are sent or received at a time. Default 3. */
  concurrency?: number | undefined;
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
