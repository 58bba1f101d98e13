import { streamFrom } from './streams.ts';
import { type Expected, isVerified, passingOn, verified } from './verify.ts';

/** How a stream of {@link openedLate} is opened. */
interface LateContent {
  /** What it has. */
  expected: Expected;
  /** Opens the content, from its start. */
  open: () => Promise<ReadableStream<Uint8Array>>;
  /** The error that the stream fails with when it cannot be opened or read. */
  failed: (error: unknown) => unknown;
}

const contents = new WeakMap<ReadableStream<Uint8Array>, LateContent>();

/**
 * A verified stream that is opened when it is first read: one that is cancelled before costs nothing. Whoever has to
 * read it again may use {@link openedAgain}.
 */
export function openedLate(content: LateContent): ReadableStream<Uint8Array> {
  const { expected, open, failed } = content;
  const opened = async (): Promise<ReadableStream<Uint8Array>> => {
    const stream = await open();
    return isVerified(stream, expected) ? stream : verified(stream, expected);
  };
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  let ended: { reason: unknown } | undefined;
  const stream = streamFrom({
    async next() {
      try {
        reader ??= (await opened()).getReader();
        // It was cancelled while it was opened.
        if (ended) await reader.cancel(ended.reason);
        return (await reader.read()).value;
      } catch (error) {
        throw failed(error);
      }
    },
    cancel(reason) {
      ended = { reason };
      return reader?.cancel(reason);
    },
  });
  contents.set(stream, content);
  return passingOn(stream, expected);
}

/** The same content from its start, whatever was read of it; undefined for a stream that can be read once. */
export function openedAgain(stream: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> | undefined {
  const content = contents.get(stream);
  return content && openedLate(content);
}
