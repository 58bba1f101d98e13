import { kindOf } from '../../bytes/kinds.ts';
import type { Descriptor } from '../../types.ts';
import { nameOf, withoutDots } from './titled-layers.ts';

/**
 * Selects layers to pull: those with one of these titles and one of these media types, or those for which a function
 * returns true. The function gets the layer, and the name of its file, if it has one.
 */
export type LayerFilter =
  | {
      /** File name, or several; exact matches, without wildcards. Default: any, and layers without a title. */
      title?: string | readonly string[] | undefined;
      /** Media type of a layer, or several. Default: any. */
      mediaType?: string | readonly string[] | undefined;
    }
  | ((layer: Descriptor, name: string | undefined) => boolean | undefined);

const expected = 'an object with "title" or "mediaType", each text or a list of texts, or a function';

/** The predicate of a filter.
 *
 * @throws TypeError when the filter is invalid, or its function does not return true or false
 */
export function passes(filter: LayerFilter | undefined): (layer: Descriptor) => boolean {
  if (filter === undefined) return () => true;
  if (typeof filter === 'function') {
    return (layer) => {
      const wanted: unknown = filter(layer, nameOf(layer));
      if (wanted === undefined || typeof wanted === 'boolean') return wanted === true;
      throw new TypeError(`The filter must give true or false, not ${kindOf(wanted)}`);
    };
  }
  if (typeof filter !== 'object' || filter === null) throw wrong(filter);
  // A list or a regular expression has none of these fields, and would let all layers pass.
  if (Symbol.iterator in filter || filter instanceof RegExp) throw wrong(filter);
  const { title, mediaType, ...others } = filter;
  if (Object.keys(others).length > 0) throw wrong(filter);
  const titles = textsOf(title)?.map(withoutDots);
  const types = textsOf(mediaType);
  return (layer) => (!titles || titles.includes(nameOf(layer) ?? '')) && (!types || types.includes(layer.mediaType));
}

function textsOf(value: string | readonly string[] | undefined): readonly string[] | undefined {
  if (value === undefined || typeof value === 'string') return value === undefined ? undefined : [value];
  if (!Array.isArray(value) || !value.every((text) => typeof text === 'string')) throw wrong(value);
  return value;
}

function wrong(value: unknown): TypeError {
  return new TypeError(`A filter must be ${expected}, not ${kindOf(value)}`);
}
