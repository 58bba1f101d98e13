import { fields, listOf, object, type Schema, unset, usable } from '../../json/schema.ts';

/** What is under a referrers tag (distribution-spec, "Referrers Tag Schema"), as it is to be written again. */
export interface ReferrersListFields {
  /** The entries as they stand there; what is no object is left out. */
  manifests?: Record<string, unknown>[];
}

/** An index, of which only that it has a list is asked for. */
export const referrersList: Schema<ReferrersListFields> = fields({ manifests: unset(listOf(usable(object))) });
