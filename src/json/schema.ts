/** Building blocks for schemas of foreign JSON. Only this file imports zod. */
import * as z from 'zod/mini';
import { isObject } from './values.ts';

/** A schema of JSON values, for `readJson` and `readValue`; see `standard` to make it a Standard Schema. */
export type Schema<T> = z.ZodMiniType<T>;

/** The schemas of an object's fields; an optional field may also be undefined. */
type Shape<T> = {
  readonly [K in keyof T]-?: Schema<Record<never, never> extends Pick<T, K> ? T[K] | undefined : T[K]>;
};

/** A fault, relative to the value that was read. */
export interface Issue {
  /** The keys of the path to the faulty value. */
  path: readonly PropertyKey[];
  /** What was expected, as in `is 1, not text`. */
  expected: string;
}

/** Marks a value that is left out, until `readValue` removes the marks. */
export class LeftOut {
  /** Why it is left out. */
  readonly issue: Issue;
  /** The value to use instead; undefined for none. */
  readonly instead: unknown;
  /** Whether its key is an entry of a map, and not a field name. */
  isEntry = false;

  /** Makes a mark from the fault and the value to use instead. */
  constructor(issue: Issue, instead?: unknown) {
    this.issue = issue;
    this.instead = instead;
  }
}

/** A text. */
export const text: Schema<string> = checked((value) => typeof value === 'string', 'text');

/** Any value, unchanged. */
export const anything: Schema<unknown> = checked(() => true, 'anything');

/** A value that passes a check; `expected` describes valid values, as in `is 1, not a digest`. */
export function checked<T>(check: (value: unknown) => boolean, expected: string): Schema<T> {
  return z.custom<T>(check, expected);
}

/** An object, unchanged. */
export const object: Schema<Record<string, unknown>> = checked(isObject, 'an object');

/** An object with these fields. Other fields are kept, and so is the order of all fields. */
export function fields<T>(shape: Shape<NoInfer<T>>): Schema<T> {
  return z.object(shape, 'an object') as unknown as Schema<T>;
}

/** A list of such values. */
export function listOf<T>(item: Schema<T>): Schema<T[]> {
  return z.array(item, 'a list');
}

/** An object with any keys, also `__proto__`. Invalid values and `null` are left out. */
export function mapOf<T>(value: Schema<T>): Schema<Record<string, T>> {
  const entry = optional(value);
  const read = (item: unknown): unknown => {
    const { output } = validate(entry, item);
    if (output instanceof LeftOut) output.isEntry = true;
    return output;
  };
  const map = object as unknown as z.ZodMiniType<object>;
  return map.check((found) => {
    found.value = Object.fromEntries(Object.entries(found.value).map(([key, item]) => [key, read(item)]));
  }) as unknown as Schema<Record<string, T>>;
}

/** A value that may be missing or `null`, as Go and Python write unset fields; other invalid values are errors. */
export function unset<T>(schema: Schema<T>): Schema<T | undefined> {
  return z.nullish(schema) as unknown as Schema<T | undefined>;
}

/** A value that is left out if it is missing, `null` or invalid; only an invalid one is reported. */
export function optional<T>(schema: Schema<T>): Schema<T | undefined> {
  return usable(unset(schema));
}

/** A value that is left out and reported if it is missing or invalid; `instead` replaces it. */
export function usable<T>(schema: Schema<T>, instead?: T): Schema<T> {
  return z.catch(schema, ({ error }) => new LeftOut(firstOf(error.issues), instead) as T);
}

/** Validates a value: the result, with marks for values that are left out, or the first issue. */
export function validate<T>(
  schema: Schema<T>,
  value: unknown,
): { output: unknown; issue?: undefined } | { output?: undefined; issue: Issue } {
  const result = z.safeParse(schema, value);
  return result.success ? { output: result.data } : { issue: firstOf(result.error.issues) };
}

/** The first issue. Every schema here sets its own message, so that it is never zod's. */
function firstOf(issues: readonly { path: PropertyKey[]; message: string }[]): Issue {
  const [{ path, message: expected } = { path: [], message: '' }] = issues;
  return { path, expected };
}
