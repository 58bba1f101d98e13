import { checked, fields, listOf, type Schema, usable } from '../../json/schema.ts';
import { isTag } from '../reference.ts';

/** A page of tags (distribution-spec, "Listing Tags"). */
export interface TagList {
  /** The tags of the page; entries that break the grammar of tags are left out. */
  tags: string[];
}

const tag: Schema<string> = checked((value) => typeof value === 'string' && isTag(value), 'a tag');

/** `{"name", "tags": []}`. Distribution sends `"tags": null` for an empty list, Nexus sends `null` entries. */
export const tagList: Schema<TagList> = fields({ tags: usable(listOf(usable(tag)), []) });
