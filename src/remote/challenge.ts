/** One challenge of a `WWW-Authenticate` header (RFC 9110, section 11.6.1). */
export interface Challenge {
  /** Scheme in lower case: `basic`, `bearer`, … */
  scheme: string;
  /** Parameters, their names in lower case. */
  parameters: ReadonlyMap<string, string>;
}

const longestHeader = 16 * 1024;
/** RFC 9110, section 5.6.2. */
const token = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;
/** A token that is followed by parameters or by nothing; with `=` after it, it is what is left of a broken parameter. */
const schemeName = /[!#$%&'*+.^_`|~0-9A-Za-z-]+(?=[ \t,]|$)(?![ \t]*=)/y;
const token68 = /[A-Za-z0-9._~+/-]+=*(?=[ \t]*(?:,|$))/y;
const equals = /[ \t]*=[ \t]*/y;
const quoted = /"((?:[^"\\]|\\.)*)"/y;
const space = /[ \t]+/y;
const separators = /[ \t,]*/y;

/**
 * All challenges of a `WWW-Authenticate` header, in its order; `fetch` joins repeated headers with commas. What cannot
 * be read ends the list, so a broken last challenge does not hide the ones before it.
 */
export function parseChallenges(header: string | null): Challenge[] {
  const text = (header ?? '').slice(0, longestHeader);
  const challenges: Challenge[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match) at = pattern.lastIndex;
    return match;
  };
  const parameter = (parameters: Map<string, string>): boolean => {
    const start = at;
    const name = take(token)?.[0];
    if (name !== undefined && take(equals)) {
      const value = take(quoted)?.[1]?.replace(/\\(.)/g, '$1') ?? take(token)?.[0];
      if (value !== undefined) {
        parameters.set(name.toLowerCase(), value);
        return true;
      }
    }
    at = start;
    return false;
  };
  for (;;) {
    take(separators);
    const scheme = take(schemeName)?.[0];
    if (scheme === undefined) return challenges;
    const parameters = new Map<string, string>();
    challenges.push({ scheme: scheme.toLowerCase(), parameters });
    if (!take(space) || take(token68)) continue;
    do take(separators);
    while (parameter(parameters));
  }
}
