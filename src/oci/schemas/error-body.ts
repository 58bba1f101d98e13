import { anything, fields, listOf, type Schema, text, unset, usable } from '../../json/schema.ts';

/** What a registry says of a failure (distribution-spec, "Error Codes"), unchecked in its characters and its length. */
export interface ErrorBody {
  /** The errors; none when the body has no such list. */
  errors: {
    /** The code; empty when it has none. */
    code: string;
    /** The registry's own words; empty when it has none. */
    message: string;
    /** Whatever else it said. */
    detail?: unknown;
  }[];
}

const error: Schema<ErrorBody['errors'][number]> = fields({
  code: usable(text, ''),
  message: usable(text, ''),
  detail: unset(anything),
});

/** `{"errors": [{code, message, detail}]}`; an entry that is no object is left out. */
export const errorBody: Schema<ErrorBody> = fields({ errors: usable(listOf(usable(error)), []) });
