/** What is told of the chunks that go through a stream. What one of its functions throws is what the stream fails with. */
export interface StreamObserver {
  /** Sees a chunk before it is given on. */
  chunk?(chunk: Uint8Array): void;
  /** Called after the last chunk, before the stream ends. */
  end?(): void;
}

/**
 * The stream unchanged, observed in one pass, by each observer in their order; without observers the very same stream.
 * When an observer throws, the stream fails with that error, and its source is cancelled with it. Each pass costs time for
 * every chunk, so observers that can share one should; a pass is much cheaper than a TransformStream.
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

/** An observer that tells how many bytes went through so far. */
export function counter(seen: (bytes: number) => void): StreamObserver {
  let total = 0;
  return {
    chunk(chunk) {
      total += chunk.byteLength;
      seen(total);
    },
  };
}

/** The stream unchanged, with `seen` told how many bytes went through so far. */
export function counted(stream: ReadableStream<Uint8Array>, seen: (bytes: number) => void): ReadableStream<Uint8Array> {
  return tap(stream, counter(seen));
}
