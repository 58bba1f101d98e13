/** A stream in two parts. */
export interface SplitStream {
  /** Its first chunks, as many as fit. Reading the rest goes on where this ends. */
  start: ReadableStream<Uint8Array>;
  /** All of it once more, after `start` was read to its end: `begun` is what came from there. Undefined when that was all. */
  whole(begun: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> | undefined;
}

/** Splits a stream before the first chunk with which it would be longer than `size` bytes. */
export function splitStream(stream: ReadableStream<Uint8Array>, size: number): SplitStream {
  const reader = stream.getReader();
  let given = 0;
  let kept: Uint8Array | undefined;
  const start = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await reader.read();
        given += value?.byteLength ?? 0;
        if (!done && given <= size) return controller.enqueue(value);
        kept = value;
        controller.close();
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
  const whole = (begun: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> | undefined => {
    if (!kept) return undefined;
    const first = begun.getReader();
    let isRest = false;
    const next = async (): Promise<Uint8Array | undefined> => {
      if (!isRest) {
        const { done, value } = await first.read();
        if (!done) return value;
        isRest = true;
        return kept;
      }
      return (await reader.read()).value;
    };
    return new ReadableStream<Uint8Array>(
      {
        async pull(controller) {
          const chunk = await next();
          if (chunk) controller.enqueue(chunk);
          else controller.close();
        },
        async cancel(reason) {
          await Promise.all([first.cancel(reason).catch(() => {}), reader.cancel(reason)]);
        },
      },
      { highWaterMark: 0 },
    );
  };
  return { start, whole };
}
