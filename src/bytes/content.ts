import { kindOf } from './kinds.ts';
import type { Content } from './streams.ts';

/**
 * Converts what a caller may pass as content: bytes are copied, text becomes UTF-8. Other values are rejected, because
 * a Blob would store them as `[object Object]`. `of` names the content in the message.
 *
 * @throws TypeError when it is something else
 */
export function asContent(content: Content | Uint8Array | ArrayBuffer | string, of: string): Content {
  if (content instanceof Blob || content instanceof ReadableStream) return content;
  if (typeof content === 'string' || content instanceof ArrayBuffer || ArrayBuffer.isView(content)) {
    return new Blob([content as BlobPart]);
  }
  throw new TypeError(
    `The content of ${of} must be a Blob, a web ReadableStream, bytes or text, not ${kindOf(content)}`,
  );
}
