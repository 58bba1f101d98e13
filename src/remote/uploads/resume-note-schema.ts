import { fields, optional, type Schema, text, usable } from '../../json/schema.ts';
import { byteCount } from '../../oci/schemas/descriptor.ts';

/** What is noted of an upload that may go on later, as JSON. Whoever can write there may have changed it. */
export interface NoteContent {
  /** Where it goes: URL of the repository's API. */
  repository: string;
  /** The session at the registry. */
  location: string;
  /** What is sent: the fingerprint of its source. */
  digest?: string;
  /** Its bytes. */
  size?: number;
  /** Bytes the registry had; it is asked again. */
  offset: number;
  /** Bytes it wants per request at least; it does not say so again. */
  minimum: number;
  /** Bytes it wants per request at most; not in JSON where there is no limit. */
  maximum?: number;
}

/** A note; where it leads to is still to be checked. */
export const noteContent: Schema<NoteContent> = fields({
  repository: text,
  location: text,
  digest: optional(text),
  size: optional(byteCount),
  offset: usable(byteCount, 0),
  minimum: usable(byteCount, 0),
  maximum: optional(byteCount),
});
