/** The kind of a value, for the message of a TypeError: `undefined`, `a number`, `an ArrayBuffer`, `a Node stream`. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'string') return 'text';
  if (typeof value !== 'object') return `a ${typeof value}`;
  if ('pipe' in value && typeof value.pipe === 'function')
    return 'a Node stream (Readable.toWeb makes a web stream of it)';
  if ('then' in value && typeof value.then === 'function') return 'a promise (await it first)';
  const name = Object.prototype.toString.call(value).slice(8, -1);
  if (name === 'Object') return 'an object';
  return `${/^[AEIO]/.test(name) ? 'an' : 'a'} ${name}`;
}
