import { kindOf } from './kinds.ts';
import type { Content } from './streams.ts';

/**
 * Content in the form that is stored and sent, from all forms a caller may give: bytes are copied, text becomes UTF-8.
 * Anything else would be stored as the text that JavaScript makes of it: `[object Object]`. `of` says whose content it is.
 *
 * @throws TypeError when it is none of these
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
