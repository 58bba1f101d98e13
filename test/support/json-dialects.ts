import type { Random } from './random.ts';

/** The object with its fields in another order, as every program has one of its own. */
export function shuffled(value: object, random: Random): object {
  const keyed = Object.entries(value).map((entry) => ({ entry, key: random.below(1e9) }));
  return Object.fromEntries(keyed.sort((a, b) => a.key - b.key).map(({ entry }) => entry));
}

/** JSON as one of several programs writes it. */
export function written(value: object, random: Random): string {
  return random.pick([
    () => JSON.stringify(value),
    () => JSON.stringify(value, null, 3),
    () => `${JSON.stringify(value, null, '\t')}\n`,
    () => JSON.stringify(value, null, 2).replaceAll('\n', '\r\n'),
    () => goJson(value),
    () => pythonJson(value),
  ])();
}

function goJson(value: object): string {
  return JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, escaped);
}

/** `json.dumps`: a space after each comma and colon, and nothing but ASCII. */
function pythonJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value).replace(/[^\0-\x7f]/g, escaped);
  return `{${Object.entries(value)
    .map(([key, field]) => `${pythonJson(key)}: ${pythonJson(field)}`)
    .join(', ')}}`;
}

function escaped(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
