/** Called with the events of a worker. */
export interface WorkerListener {
  /** It sent a message. */
  heard(message: unknown): void;
  /** It failed to start, crashed, ended, or stopped responding; with the reason if it is known. */
  lost(cause?: unknown): void;
}

/** A worker, whatever the runtime. */
export interface PoolWorker {
  /** Sends a message; the buffers in `transfer` are moved to the worker. */
  post(message: unknown, transfer?: readonly ArrayBuffer[]): void;
  /** Replaces the listener. Without one, the worker does not keep the process alive. */
  listen(listener: WorkerListener | undefined): void;
  /** Terminates it at once. */
  end(): void;
}
