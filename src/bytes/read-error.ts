import { FileError, NotFoundError } from '../errors.ts';
import { type Content, failingAs, readChunks } from './streams.ts';

/**
 * Maps the error of reading a Blob to an error of this package. A file fails with a DOMException (File API, "Errors and
 * Exceptions"), which is mapped; any other error is returned unchanged. `what` is the start of the message.
 */
export async function readError(error: unknown, content: Blob, name: string, what: string): Promise<unknown> {
  const cause = error instanceof TypeError ? await reasonOf(error, content) : error;
  if (!(cause instanceof DOMException)) return error;
  if (cause.name === 'NotFoundError') {
    return new NotFoundError(`${what}: the file ${name} was removed after it was opened`, name, { cause });
  }
  if (cause.name !== 'NotReadableError' && cause.name !== 'SecurityError') return error;
  const message = `${what}: the file ${name} has changed after it was opened, or cannot be read any more; open it again`;
  return new FileError(message, name, cause.name, { cause });
}

/** In Chromium the stream of a file always fails with a bare TypeError; `arrayBuffer` rejects with the real error. */
async function reasonOf(error: TypeError, content: Blob): Promise<unknown> {
  try {
    await content.slice(0, 1).arrayBuffer();
  } catch (reason) {
    if (reason instanceof DOMException) return reason;
  }
  return error;
}

/** Tells whether all of the content can be read, by reading it to the end: only some parts may be unreadable. */
export async function canBeRead(content: Blob, signal?: AbortSignal): Promise<boolean> {
  try {
    await readChunks(content.stream(), () => {}, signal);
    return true;
  } catch {
    signal?.throwIfAborted();
    return false;
  }
}

/** The content as a stream; read errors of a Blob are mapped by {@link readError}. */
export function readable(content: Content, name: string, what: string): ReadableStream<Uint8Array> {
  if (content instanceof ReadableStream) return content;
  return failingAs(content, (error) => readError(error, content, name, what));
}
