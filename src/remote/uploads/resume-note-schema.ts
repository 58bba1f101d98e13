import { fields, optional, type Schema, text, usable } from '../../json/schema.ts';
import { byteCount } from '../../oci/schemas/descriptor.ts';

/**
 * The resume note of an upload, as JSON. It is untrusted: anyone with write access to the storage may have changed it.
 */
export interface NoteContent {
  /** URL of the repository's API. */
  repository: string;
  /** URL of the upload session. */
  location: string;
  /** Digest of the content. */
  digest?: string;
  /** Size of the content in bytes. */
  size?: number;
  /** The last known offset in bytes; the registry's upload status replaces it. */
  offset: number;
  /** The registry's minimum chunk size in bytes, which it sends only once. */
  minimum: number;
  /** The registry's maximum chunk size in bytes; omitted when there is no limit. */
  maximum?: number;
}

/** Schema of a resume note; its location must be checked separately. */
export const noteContent: Schema<NoteContent> = fields({
  repository: text,
  location: text,
  digest: optional(text),
  size: optional(byteCount),
  offset: usable(byteCount, 0),
  minimum: usable(byteCount, 0),
  maximum: optional(byteCount),
});
