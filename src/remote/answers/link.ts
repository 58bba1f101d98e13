/** One link of a `Link` header. */
export interface Link {
  /** The target URI, as it is written. */
  target: string;
  /** The relation types (`rel`), in lower case: `next`. */
  relations: readonly string[];
}

const targetPattern = /\s*<([^<>]*)>/y;
/**
 * A parameter: a name alone, or with a value. The value is in double quotes, in the single quotes that some registries
 * send, or not quoted.
 */
const parameterPattern =
  /\s*;\s*(?:([^\s;,="'<>]+)(?:\s*=\s*(?:"([^"\\]*(?:\\.[^"\\]*)*)"|'([^"';,<>]*)'|(?!')([!#-+\--:=?-~]*))(?=[\s;,]|$))?)?/y;
const endPattern = /\s*(?:,|$)/y;

/** Parses a `Link` header (RFC 8288, section 3). `isWhole` tells whether all of it could be parsed. */
export function parseLinks(header: string): { links: Link[]; isWhole: boolean } {
  const links: Link[] = [];
  let isWhole = true;
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(header);
    if (found) at = pattern.lastIndex;
    return found;
  };
  while (at < header.length) {
    if (take(endPattern)) continue;
    const [, target] = take(targetPattern) ?? [];
    const relations: string[] = [];
    while (target !== undefined) {
      const parameter = take(parameterPattern);
      if (!parameter) break;
      const [, name = '', double, single, bare = ''] = parameter;
      if (name.toLowerCase() === 'rel') relations.push(...(double ?? single ?? bare).toLowerCase().split(/\s+/));
    }
    if (target !== undefined && take(endPattern)) {
      links.push({ target, relations });
    } else {
      // The next link may start after the next comma.
      isWhole = false;
      const comma = header.indexOf(',', at);
      at = comma < 0 ? header.length : comma + 1;
    }
  }
  return { links, isWhole };
}
