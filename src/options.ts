import type { Descriptor } from './types.ts';

/** Taken by every asynchronous call. */
export interface AbortOptions {
  /** Aborts the call, its requests and its transfers; the call then rejects with `signal.reason`. Default: none. */
  signal?: AbortSignal | undefined;
}

/**
 * A problem that does not end the call: a warning that the registry sent (distribution-spec, "Warnings"), or a faulty
 * field of a manifest that was left out or read differently.
 */
export interface RegistryWarning {
  /** Host of the registry that the warning is about; empty without a registry, for example for an image layout. */
  host: string;
  /** The message. */
  text: string;
}

/** Taken by calls that continue despite small faults, and warn about them. */
export interface WarningOptions {
  /**
   * Called with every warning, once per text. Warnings that a registry sends go to the listener of the `Registry` only.
   * Default: warnings are dropped.
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
      /** A file is being read, or a directory is being packed, to compute its digest. */
      type: 'hash';
      /** Name of the file or the directory. */
      name: string;
      /** Bytes read so far; of a directory the bytes its archive has so far. */
      transferred: number;
      /** Bytes to read; undefined for a stream and a directory. */
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
      /** An upload continues from its resume note. */
      type: 'resume';
      /** What is transferred. */
      descriptor: Descriptor;
      /** Bytes the registry already has. */
      transferred: number;
    }
  | {
      /** An upload cannot be resumed from its note, and starts again from the first byte. */
      type: 'restart';
      /** What is transferred. */
      descriptor: Descriptor;
      /** `changed`: the file is not the same as before. `expired`: the registry has forgotten the upload session. */
      reason: 'changed' | 'expired';
    }
  | {
      /** The content is not transferred. */
      type: 'skip';
      /** What is not transferred. */
      descriptor: Descriptor;
      /**
       * It is stored already, was mounted from another repository, or was left out: by the filter of a pull, by a hook
       * of a copy, or because it is a layer that must not be distributed.
       */
      reason: 'exists' | 'mounted' | 'filtered';
    };

/** Taken by calls that move content. */
export interface TransferOptions extends AbortOptions {
  /**
   * Progress callback: called with every event, in order for each descriptor. It may be an async function; the transfer
   * does not wait for it, but the call ends after it. If it throws or rejects, the call is aborted and rejects with
   * that error. After that, and once `signal` is aborted, it is not called again. Default: no progress is reported.
   */
  onProgress?: ((event: TransferEvent) => void) | undefined;
  /** How many blobs are sent or received at a time. Default 3. */
  concurrency?: number | undefined;
}

/** Taken by calls that list. */
export interface PageOptions extends AbortOptions {
  /** Page size: entries requested at a time; registries may send fewer. Default: the registry's own page size. */
  pageSize?: number | undefined;
}

/** Taken by calls that list names. */
export interface ListOptions extends PageOptions {
  /** Only those after this one, in the order of the registry. Default: all. */
  last?: string | undefined;
}

/** Taken by calls that list tags. */
export interface TagsOptions extends ListOptions {
  /**
   * `natural` sorts them as people read them, `v2` before `v10`: all are read before the first is given. Default: the
   * order of the registry, page by page.
   */
  order?: 'natural' | undefined;
}

/** A paginated list, fetched while you read it: by item, or by page. Leaving the loop early ends the requests. */
export interface Paginated<T> extends AsyncIterable<T> {
  /** The same list a page at a time; pages may be empty. */
  pages(): AsyncIterable<T[]>;
}
