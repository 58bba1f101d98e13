/** One link of a `Link` header. */
export interface Link {
  /** Its address, as it is written. */
  target: string;
  /** What it leads to, in lower case: `next`. */
  relations: readonly string[];
}

const targetPattern = /\s*<([^<>]*)>/y;
/** A name alone, or with a value: in double quotes, in the single quotes that some registries write, or in none. */
const parameterPattern =
  /\s*;\s*(?:([^\s;,="'<>]+)(?:\s*=\s*(?:"([^"\\]*(?:\\.[^"\\]*)*)"|'([^"';,<>]*)'|(?!')([!#-+\--:=?-~]*))(?=[\s;,]|$))?)?/y;
const endPattern = /\s*(?:,|$)/y;

/** The links of a `Link` header (RFC 8288, section 3), and whether all of it could be read. */
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
      // What comes after the next comma may be a link again.
      isWhole = false;
      const comma = header.indexOf(',', at);
      at = comma < 0 ? header.length : comma + 1;
    }
  }
  return { links, isWhole };
}
