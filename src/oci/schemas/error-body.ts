import { anything, fields, listOf, type Schema, text, unset, usable } from '../../json/schema.ts';

/**
 * The body of an error response (distribution-spec, "Error Codes"). Characters and length of its texts are not checked.
 */
export interface ErrorBody {
  /** The errors; empty when the body has no such list. */
  errors: {
    /** The code; empty when it is missing. */
    code: string;
    /** The registry's message; empty when it is missing. */
    message: string;
    /** Further data of the registry. */
    detail?: unknown;
  }[];
}

const error: Schema<ErrorBody['errors'][number]> = fields({
  code: usable(text, ''),
  message: usable(text, ''),
  detail: unset(anything),
});

/** `{"errors": [{code, message, detail}]}`; entries that are not objects are left out. */
export const errorBody: Schema<ErrorBody> = fields({ errors: usable(listOf(usable(error)), []) });
