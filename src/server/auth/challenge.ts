/** One challenge of a `WWW-Authenticate` header, all its values quoted (RFC 9110, section 11.6.1). */
export function challenge(scheme: string, parameters: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined);
  return `${scheme} ${given.map(([name, value]) => `${name}="${String(value).replace(/["\\]/g, '\\$&')}"`).join(',')}`;
}

/**
 * Checks that a text can be a value in a challenge.
 *
 * @throws RangeError when it cannot
 */
export function requirePrintable(name: string, text: string): string {
  if (!/^[\x20-\x7e]+$/.test(text)) throw new RangeError(`${name} must be printable ASCII, not "${text}"`);
  return text;
}
