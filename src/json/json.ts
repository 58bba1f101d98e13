import { type Issue, LeftOut, type Schema, validate } from './schema.ts';
import { isObject, sentence, shown } from './values.ts';

/** Told of a value that is left out, as a sentence: where it is, and what is wrong with it. */
export type OnFault = (fault: string) => void;

/** What is wrong with JSON. */
export interface JsonProblem {
  /** As a sentence: `layers[0].size is missing`, `it is not JSON`. It quotes a text that is wrong, secret or not. */
  words: string;
  /** Where it is, as in `layers[0].size`; empty when all of it is meant. */
  path: string;
  /** What should be there: `text`, `an object`, `JSON`. */
  expected: string;
  /** The keys and positions that lead there. */
  keys: readonly PropertyKey[];
  /** The parser's error, when the bytes are no JSON. */
  cause?: unknown;
}

/** What JSON turned out to be: a value of its schema, or what is wrong with it. */
export type Reading<T> = { value: T; problem?: undefined } | { value?: undefined; problem: JsonProblem };

/**
 * What bytes of JSON must be: UTF-8, or UTF-8 without a byte order mark in front. Where nothing is said a mark is passed
 * over, and what is no UTF-8 is read as U+FFFD.
 */
export type JsonEncoding = 'UTF-8' | 'UTF-8 without mark';

/** How {@link readJson} reads. */
export interface ReadJsonOptions {
  /** Told of each value that is left out. Default: nobody. */
  onFault?: OnFault | undefined;
  /** What the bytes must be. Default: anything. */
  encoding?: JsonEncoding | undefined;
}

/** Reads JSON, from its text or its bytes, by a schema. */
export function readJson<T>(
  content: Uint8Array | string,
  schema: Schema<T>,
  { onFault, encoding }: ReadJsonOptions = {},
): Reading<T> {
  const { value, problem } = parseJson(content, encoding);
  return problem ? { problem } : readValue(value, schema, onFault);
}

/** Reads JSON, from its text or its bytes, whatever it is. Duplicate keys are read as JavaScript does. */
export function parseJson(content: Uint8Array | string, encoding?: JsonEncoding): Reading<unknown> {
  try {
    const options = { fatal: encoding !== undefined, ignoreBOM: encoding === 'UTF-8 without mark' };
    const text = typeof content === 'string' ? content : new TextDecoder('utf-8', options).decode(content);
    return { value: JSON.parse(text) };
  } catch (cause) {
    const expected = encoding ? 'JSON in UTF-8' : 'JSON';
    return { problem: { words: `it is not ${expected}`, path: '', expected, keys: [], cause } };
  }
}

/**
 * Reads a value of JSON by a schema. What the schema does not know is kept, and all of it in its order. `path` is where
 * the value is in something larger.
 */
export function readValue<T>(value: unknown, schema: Schema<T>, onFault: OnFault = () => {}, path = ''): Reading<T> {
  const result = validate(schema, value);
  if (result.issue) return { problem: problemAt(path, value, result.issue) };
  return { value: settled(value, result.output, path, onFault) as T };
}

/** The value that was read, without what its schema leaves out. A schema knows only the fields it names. */
function settled(value: unknown, output: unknown, path: string, onFault: OnFault): unknown {
  if (output instanceof LeftOut) {
    onFault(problemAt(path, value, output.issue).words);
    return output.instead;
  }
  // What is as it was has no marks in it, and may be nested more deeply than can be followed.
  if (output === value) return output ?? undefined;
  if (Array.isArray(output)) {
    const source = value as unknown[];
    const items = output.map((item, i) => settled(source[i], item, `${path}[${i}]`, onFault));
    return items.filter((item) => item !== undefined);
  }
  if (!isObject(output)) return output ?? undefined;
  const read = ([key, field]: [string, unknown]): [string, unknown][] => {
    if (!Object.hasOwn(output, key)) return [[key, field]];
    const result = settled(field, output[key], below(path, key, output[key]), onFault);
    return result === undefined ? [] : [[key, result]];
  };
  const source = value as Record<string, unknown>;
  const missing = Object.keys(output).filter((key) => !Object.hasOwn(source, key));
  const entries = [...Object.entries(source), ...missing.map((key): [string, unknown] => [key, undefined])];
  // Not by assignment, for which `__proto__` is no key like others.
  return Object.fromEntries(entries.flatMap(read));
}

function below(path: string, key: PropertyKey, output?: unknown): string {
  if (typeof key === 'number') return `${path}[${key}]`;
  if (output instanceof LeftOut && output.isEntry) return `${path}[${shown(key)}]`;
  // A key may be anything that others wrote.
  const name = typeof key === 'string' && !/^[\w.-]{1,80}$/.test(key) ? `[${shown(key)}]` : String(key);
  return path === '' || name !== key ? path + name : `${path}.${name}`;
}

/** Where keys and positions lead, in words: `layers[0].size`. */
export function pathOf(keys: readonly PropertyKey[]): string {
  return keys.reduce<string>((path, key) => below(path, key), '');
}

function problemAt(path: string, value: unknown, { path: keys, expected }: Issue): JsonProblem {
  let place = path;
  let there = value;
  for (const key of keys) {
    place = below(place, key);
    there = (there as Record<PropertyKey, unknown> | undefined)?.[key];
  }
  const words = place === '' ? `it is ${shown(there)}, not ${expected}` : sentence(place, there, expected);
  return { words, path: place, expected, keys };
}
