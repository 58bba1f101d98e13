import { checked, fields, listOf, type Schema, usable } from '../../json/schema.ts';
import { isTag } from '../reference.ts';

/** A page of tags (distribution-spec, "Listing Tags"). */
export interface TagList {
  /** The tags of the page; what is no tag by the grammar is left out. */
  tags: string[];
}

const tag: Schema<string> = checked((value) => typeof value === 'string' && isTag(value), 'a tag');

/** `{"name", "tags": []}`; distribution sends `null` for no tags, Nexus `null` among them. */
export const tagList: Schema<TagList> = fields({ tags: usable(listOf(usable(tag)), []) });
