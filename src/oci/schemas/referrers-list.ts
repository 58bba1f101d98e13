import { fields, listOf, object, type Schema, unset, usable } from '../../json/schema.ts';

/**
 * The index under a referrers tag (distribution-spec, "Referrers Tag Schema"), with its entries as they were written.
 */
export interface ReferrersListFields {
  /** The entries, unchanged; those that are not objects are left out. */
  manifests?: Record<string, unknown>[];
}

/** An index of which only the list is checked. */
export const referrersList: Schema<ReferrersListFields> = fields({ manifests: unset(listOf(usable(object))) });
