/** Observes the chunks of a stream. If one of its functions throws, the stream errors with that. */
export interface StreamObserver {
  /** Called with each chunk before it is passed on. */
  chunk?(chunk: Uint8Array): void;
  /** Called after the last chunk, before the stream closes. */
  end?(): void;
}

/**
 * The same bytes, seen by each observer in order; without observers the same stream object. When an observer throws,
 * the stream errors with that error, and the source is cancelled. Each call adds a stream and costs time for every
 * chunk, so share one call between observers; it is much cheaper than a TransformStream.
 */
export function tap(
  stream: ReadableStream<Uint8Array>,
  ...observers: readonly StreamObserver[]
): ReadableStream<Uint8Array> {
  if (observers.length === 0) return stream;
  const reader = stream.getReader();
  const pull = async (controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> => {
    const { done, value } = await reader.read();
    try {
      if (!done) {
        for (const observer of observers) observer.chunk?.(value);
        return controller.enqueue(value);
      }
      for (const observer of observers) observer.end?.();
      controller.close();
    } catch (error) {
      reader.cancel(error).catch(() => {});
      throw error;
    }
  };
  return new ReadableStream({ pull, cancel: (reason) => reader.cancel(reason) }, { highWaterMark: 0 });
}

/** An observer that counts bytes: it calls `seen` with the total so far. */
export function counter(seen: (bytes: number) => void): StreamObserver {
  let total = 0;
  return {
    chunk(chunk) {
      total += chunk.byteLength;
      seen(total);
    },
  };
}

/** The same stream; `seen` is called with the total of bytes read so far. */
export function counted(stream: ReadableStream<Uint8Array>, seen: (bytes: number) => void): ReadableStream<Uint8Array> {
  return tap(stream, counter(seen));
}
