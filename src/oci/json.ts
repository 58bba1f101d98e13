import { isObject, shown } from './fields.ts';
import { type Issue, LeftOut, type Schema, validate } from './schema.ts';

/** Told of a value that is left out, as a sentence: where it is, and what is wrong with it. */
export type OnFault = (fault: string) => void;

/** What is wrong with JSON. */
export interface JsonProblem {
  /** Where it is, as in `layers[0].size`; empty when all of it is meant. */
  path: string;
  /** The keys and positions that lead there. */
  keys: readonly PropertyKey[];
  /** What should be there: `text`, `a list`, or `JSON` when the bytes are none. */
  expected: string;
  /** What is there. It may be secret. */
  value: unknown;
  /** The parser's error, if the bytes are no JSON. */
  cause?: unknown;
}

/** What JSON turned out to be: a value of its schema, or what is wrong with it. */
export type Reading<T> = { value: T; problem?: undefined } | { problem: JsonProblem };

/** How {@link readJson} reads. */
export interface ReadJsonOptions {
  /** Told of each value that is left out. Default: nobody. */
  onFault?: OnFault | undefined;
  /** Whether a byte order mark, and bytes that are no UTF-8, make it unreadable. Default false. */
  exact?: boolean | undefined;
}

/** Reads JSON, from its text or its bytes, by a schema. Duplicate keys are read as JavaScript does. */
export function readJson<T>(
  content: Uint8Array | string,
  schema: Schema<T>,
  { onFault, exact = false }: ReadJsonOptions = {},
): Reading<T> {
  let value: unknown;
  try {
    const decoder = new TextDecoder('utf-8', { fatal: exact, ignoreBOM: exact });
    value = JSON.parse(typeof content === 'string' ? content : decoder.decode(content));
  } catch (cause) {
    return { problem: { path: '', keys: [], expected: exact ? 'JSON in UTF-8' : 'JSON', value: undefined, cause } };
  }
  return readValue(value, schema, onFault);
}

/** Reads a value of JSON by a schema. What the schema does not know is kept, and all of it in its order. */
export function readValue<T>(value: unknown, schema: Schema<T>, onFault: OnFault = () => {}): Reading<T> {
  const result = validate(schema, value);
  if ('issue' in result) return { problem: problemAt('', value, result.issue) };
  return { value: settled(value, result.output, '', onFault) as T };
}

/** What is wrong, as the end of a sentence: `is not JSON`, `cannot be read: layers[0].size is missing`. */
export function inWords({ path, expected, value, cause }: JsonProblem): string {
  if (cause !== undefined) return `is not ${expected}`;
  if (path === '') return value === undefined ? 'is missing' : `is ${shown(value)}, not ${expected}`;
  return `cannot be read: ${sentence(path, value, expected)}`;
}

/** What is wrong with a value, as a sentence. */
export function sentence(path: string, value: unknown, expected: string): string {
  if (value === undefined || value === null) return `${path} is missing`;
  return `${path} is ${shown(value)}, not ${expected}`;
}

/** The value that was read, without what its schema leaves out. A schema knows only the fields it names. */
function settled(value: unknown, output: unknown, path: string, onFault: OnFault): unknown {
  if (output instanceof LeftOut) {
    const problem = problemAt(path, value, output.issue);
    onFault(sentence(problem.path, problem.value, problem.expected));
    return output.instead;
  }
  if (Array.isArray(output)) {
    const items = value as unknown[];
    return output
      .map((item, i) => settled(items[i], item, `${path}[${i}]`, onFault))
      .filter((item) => item !== undefined);
  }
  if (!isObject(output) || output === value) return output ?? undefined;
  const read = (key: string, field: unknown): [string, unknown][] => {
    if (!Object.hasOwn(output, key)) return [[key, field]];
    const result = settled(field, output[key], below(path, key, output[key]), onFault);
    return result === undefined ? [] : [[key, result]];
  };
  const source = value as Record<string, unknown>;
  const missing = Object.keys(output).filter((key) => !Object.hasOwn(source, key));
  // Not by assignment, for which `__proto__` is no key like others.
  return Object.fromEntries([
    ...Object.entries(source).flatMap(([key, field]) => read(key, field)),
    ...missing.flatMap((key) => read(key, undefined)),
  ]);
}

function below(path: string, key: PropertyKey, output?: unknown): string {
  if (typeof key === 'number') return `${path}[${key}]`;
  if (output instanceof LeftOut && output.isEntry) return `${path}[${shown(key)}]`;
  return path === '' ? String(key) : `${path}.${String(key)}`;
}

function problemAt(path: string, value: unknown, issue: Issue): JsonProblem {
  let place = path;
  let there = value;
  for (const key of issue.path) {
    place = below(place, key);
    there = (there as Record<PropertyKey, unknown> | undefined)?.[key];
  }
  return { path: place, keys: issue.path, expected: issue.expected, value: there };
}
