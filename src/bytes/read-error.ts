import { FileError, NotFoundError } from '../errors.ts';
import { type Content, failingAs, readChunks } from './streams.ts';

/** What a file fails with (File API, "Errors and Exceptions"). */
const codes = ['NotFoundError', 'NotReadableError', 'SecurityError'];

/**
 * Maps the error of reading a Blob to an error of this package. A file fails with a DOMException (File API, "Errors and
 * Exceptions"), which is mapped; any other error is returned unchanged. `what` is the start of the message.
 */
export async function readError(error: unknown, content: Blob, name: string, what: string): Promise<unknown> {
  const cause = isNamed(error, ...codes) ? error : isVague(error) && (await reasonOf(content));
  if (!cause) return error;
  if (cause.name === 'NotFoundError') {
    return new NotFoundError(`${what}: the file ${name} was removed after it was opened`, name, { cause });
  }
  const errno = cause.name === 'AbortError' ? 'NotReadableError' : cause.name;
  const message = `${what}: the file ${name} has changed after it was opened, or cannot be read any more; open it again`;
  return new FileError(message, name, errno, { cause });
}

/**
 * Reads the first byte of content. Nothing is wrong with a file for which this works, unless it changes once more.
 *
 * @throws what {@link readError} makes of what it fails with
 */
export async function checkReadable(content: Blob, name: string, what: string): Promise<void> {
  try {
    await firstByte(content);
  } catch (error) {
    throw await readError(error, content, name, what);
  }
}

/**
 * Whether an error may be that of a file, or of something else: the stream of one fails with a bare TypeError in Chromium
 * and Firefox, and all else in Firefox with the AbortError that an abort has, too.
 */
function isVague(error: unknown): boolean {
  return error instanceof TypeError || isNamed(error, 'AbortError');
}

/** What a file fails with when it is read anew, where it fails. */
async function reasonOf(content: Blob): Promise<DOMException | undefined> {
  try {
    await firstByte(content);
  } catch (reason) {
    if (isNamed(reason, ...codes, 'AbortError')) return reason;
  }
  return undefined;
}

async function firstByte(content: Blob): Promise<void> {
  // In Firefox an empty file fails as well, if it has changed, but no empty part of it.
  const first = content.size > 1 ? content.slice(0, 1) : content;
  const { byteLength } = await first.arrayBuffer();
  // Firefox gives what is left of a file that got shorter.
  if (byteLength < first.size) throw new DOMException('', 'NotReadableError');
}

function isNamed(error: unknown, ...names: readonly string[]): error is DOMException {
  return error instanceof DOMException && names.includes(error.name);
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
