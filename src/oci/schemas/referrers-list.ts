import { fields, listOf, object, optional, type Schema, unset, usable } from '../../json/schema.ts';
import type { Annotations, Descriptor } from '../../types.ts';
import { annotations, descriptor } from './descriptor.ts';

/**
 * The index under a referrers tag (distribution-spec, "Referrers Tag Schema"), with its entries as they were written.
 */
export interface ReferrersListFields {
  /** The entries, unchanged; those that are not objects are left out. */
  manifests?: Record<string, unknown>[];
}

/** An index of which only the list is checked. */
export const referrersList: Schema<ReferrersListFields> = fields({ manifests: unset(listOf(usable(object))) });

/** Descriptors of referrers; entries that are no descriptors are left out. */
export const referrerDescriptors: Schema<Descriptor[]> = listOf(usable(descriptor));

/** A page of the referrers API (distribution-spec, "Listing Referrers"). */
export interface ReferrersPage {
  /** The referrers. */
  manifests: Descriptor[];
  /** Annotations of the page, one of which may say which filters were applied. */
  annotations?: Annotations | undefined;
}

/** An index that may have no list. */
export const referrersPage: Schema<ReferrersPage> = fields({
  manifests: usable(referrerDescriptors, []),
  annotations: optional(annotations),
});
