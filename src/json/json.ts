import { type Issue, LeftOut, type Schema, validate } from './schema.ts';
import { isObject, sentence, shown } from './values.ts';

/** Called for each value that is left out, with a sentence: its path, and what is wrong with it. */
export type OnFault = (fault: string) => void;

/** A fault in JSON. */
export interface JsonProblem {
  /** A sentence: `layers[0].size is missing`, `it is not JSON`. It quotes faulty text, even if that is secret. */
  words: string;
  /** Path of the faulty value, as in `layers[0].size`; empty for the whole document. */
  path: string;
  /** What was expected: `text`, `an object`, `JSON`. */
  expected: string;
  /** The keys of the path. */
  keys: readonly PropertyKey[];
  /** The parser's error, when the bytes are not JSON. */
  cause?: unknown;
}

/** The result of reading JSON: a value of the schema, or a problem. */
export type Reading<T> = { value: T; problem?: undefined } | { value?: undefined; problem: JsonProblem };

/**
 * Required encoding of JSON bytes: UTF-8, or UTF-8 without a byte order mark. Without a requirement, a byte order mark
 * is skipped, and invalid UTF-8 is read as U+FFFD.
 */
export type JsonEncoding = 'UTF-8' | 'UTF-8 without mark';

/** Options of {@link readJson}. */
export interface ReadJsonOptions {
  /** Called for each value that is left out. Default: faults are not reported. */
  onFault?: OnFault | undefined;
  /** Required encoding. Default: any. */
  encoding?: JsonEncoding | undefined;
}

/** Reads JSON text or bytes by a schema. */
export function readJson<T>(
  content: Uint8Array | string,
  schema: Schema<T>,
  { onFault, encoding }: ReadJsonOptions = {},
): Reading<T> {
  const { value, problem } = parseJson(content, encoding);
  return problem ? { problem } : readValue(value, schema, onFault);
}

/** Parses JSON text or bytes without a schema. Of duplicate keys the last one wins, as in JavaScript. */
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
 * Reads a JSON value by a schema. Unknown fields are kept, and so is the order of all fields. `path` is the path of the
 * value in a larger document.
 */
export function readValue<T>(value: unknown, schema: Schema<T>, onFault: OnFault = () => {}, path = ''): Reading<T> {
  const result = validate(schema, value);
  if (result.issue) return { problem: problemAt(path, value, result.issue) };
  return { value: settled(value, result.output, path, onFault) as T };
}

/** What is wrong with a value of JSON; undefined when its schema takes it. It costs less than to read it. */
export function problemOf(value: unknown, schema: Schema<unknown>, path = ''): JsonProblem | undefined {
  const { issue } = validate(schema, value);
  return issue && problemAt(path, value, issue);
}

/** The value without the parts that its schema leaves out. A schema knows only the fields it names. */
function settled(value: unknown, output: unknown, path: string, onFault: OnFault): unknown {
  if (output instanceof LeftOut) {
    onFault(problemAt(path, value, output.issue).words);
    return output.instead;
  }
  // An unchanged value has no marks, and may be nested too deeply for recursion.
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
  // Not by assignment, which treats the key `__proto__` specially.
  return Object.fromEntries(entries.flatMap(read));
}

function below(path: string, key: PropertyKey, output?: unknown): string {
  if (typeof key === 'number') return `${path}[${key}]`;
  if (output instanceof LeftOut && output.isEntry) return `${path}[${shown(key)}]`;
  // A foreign key may be any text.
  const name = typeof key === 'string' && !/^[\w.-]{1,80}$/.test(key) ? `[${shown(key)}]` : String(key);
  return path === '' || name !== key ? path + name : `${path}.${name}`;
}

/** A path in words: `layers[0].size`. */
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
