/** Tells whether a JSON value is an object. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Describes a faulty value in a sentence: `layers[0].size is -1, not a number of bytes`. */
export function sentence(path: string, value: unknown, expected: string): string {
  if (value === undefined || value === null) return `${path} is missing`;
  return `${path} is ${shown(value)}, not ${expected}`;
}

/** A value for a message: shortened, and without control characters. */
export function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return value === null ? 'null' : 'an object';
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'string') return String(value);
  const short = value.length > 80 ? `${value.slice(0, 80)}…` : value;
  return JSON.stringify(short).replace(/[\u007f-\u009f\u2028\u2029]/g, ' ');
}
