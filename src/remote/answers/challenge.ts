/** One challenge of a `WWW-Authenticate` header (RFC 9110, section 11.6.1). */
export interface Challenge {
  /** Scheme in lower case: `basic`, `bearer`, … */
  scheme: string;
  /** Parameters, their names in lower case. */
  parameters: ReadonlyMap<string, string>;
}

const longestHeader = 16 * 1024;
/**
 * A parameter, or a scheme with an optional token68 value in place of parameters. Tokens are those of RFC 9110, section
 * 5.6.2. A token with `=` after it is not a scheme: it is the rest of a malformed parameter.
 */
const part = (() => {
  const token = "([!#$%&'*+.^_`|~0-9A-Za-z-]+)";
  const parameter = `${token}[ \\t]*=[ \\t]*(?:"((?:[^"\\\\]|\\\\.)*)"|${token})`;
  const scheme = `${token}(?=[ \\t,]|$)(?![ \\t]*=)(?:[ \\t]+[A-Za-z0-9._~+/-]+=*(?=[ \\t]*(?:,|$)))?`;
  return new RegExp(`[ \\t,]*(?:${parameter}|${scheme})`, 'gy');
})();

/**
 * All challenges of a `WWW-Authenticate` header, in order; `fetch` joins repeated headers with commas. Parsing stops at
 * the first malformed part, so a malformed last challenge does not hide the ones before it.
 */
export function parseChallenges(header: string | null): Challenge[] {
  const challenges: Challenge[] = [];
  let parameters: Map<string, string> | undefined;
  for (const [, name = '', quoted, plain = '', scheme] of (header ?? '').slice(0, longestHeader).matchAll(part)) {
    if (scheme !== undefined) {
      parameters = new Map();
      challenges.push({ scheme: scheme.toLowerCase(), parameters });
    } else parameters?.set(name.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? plain);
  }
  return challenges;
}
