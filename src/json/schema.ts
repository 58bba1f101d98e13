/** What schemas of foreign JSON are made of: the door to zod, which only this file knows. */
// Its core, as the schemas of `zod/mini` are this with methods, of which none is called.
import { core as z } from 'zod/mini';
import { isObject } from './values.ts';

/** How a value of JSON is read: by `readJson` and `readValue`, or by others as a Standard Schema; see `standard`. */
export type Schema<T> = z.$ZodType<T>;

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

/** What a schema makes of a value: what it reads, with marks for what is left out, or what is wrong. */
type Result = { output: unknown; issue?: undefined } | { output?: undefined; issue: Issue };

/** Stands in a value for what is left out of it, until the value is settled; see `read`. */
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
  return readBy((value) => (check(value) ? { output: value } : { issue: { path: [], expected } }));
}

/** An object, unchanged. */
export const object: Schema<Record<string, unknown>> = checked(isObject, 'an object');

/** An object with these fields. Other fields are kept, and so is the order of all fields. */
export function fields<T>(shape: Shape<NoInfer<T>>): Schema<T> {
  return new z.$ZodObject({ type: 'object', shape, error: () => 'an object' }) as unknown as Schema<T>;
}

/** A list of such values. */
export function listOf<T>(item: Schema<T>): Schema<T[]> {
  return new z.$ZodArray({ type: 'array', element: item, error: () => 'a list' }) as unknown as Schema<T[]>;
}

/** An object with any keys, also `__proto__`. Invalid values and `null` are left out. */
export function mapOf<T>(value: Schema<T>): Schema<Record<string, T>> {
  const entry = optional(value);
  const read = (item: unknown): unknown => {
    const { output } = validate(entry, item);
    if (output instanceof LeftOut) output.isEntry = true;
    return output;
  };
  return readBy((found) => {
    const { output, issue } = validate(object, found);
    if (issue) return { issue };
    const entries = Object.entries(output as object).map(([key, item]) => [key, read(item)]);
    return { output: Object.fromEntries(entries) };
  });
}

/** A value that may be missing or `null`, as Go and Python write unset fields; other invalid values are errors. */
export function unset<T>(schema: Schema<T>): Schema<T | undefined> {
  return readBy((value) => (value === undefined || value === null ? { output: value } : validate(schema, value)));
}

/** A value that is left out if it is missing, `null` or invalid; only an invalid one is reported. */
export function optional<T>(schema: Schema<T>): Schema<T | undefined> {
  return usable(unset(schema));
}

/** A value that is left out and reported if it is missing or invalid; `instead` replaces it. */
export function usable<T>(schema: Schema<T>, instead?: T): Schema<T> {
  return readBy((value) => {
    const result = validate(schema, value);
    return result.issue ? { output: new LeftOut(result.issue, instead) } : result;
  });
}

/** A schema that is a function of the value. */
function readBy<T>(read: (value: unknown) => Result): Schema<T> {
  const transform = (input: unknown, { issues }: z.ParsePayload): unknown => {
    const { output, issue } = read(input);
    if (issue) issues.push({ code: 'custom', input, message: issue.expected, path: [...issue.path] });
    return output;
  };
  return new z.$ZodTransform({ type: 'transform', transform }) as unknown as Schema<T>;
}

/** What zod puts its issues into; its own error has texts that nobody reads here. */
class Issues {
  readonly issues: z.$ZodIssue[];

  constructor(issues: z.$ZodIssue[]) {
    this.issues = issues;
  }
}

const parse = z._safeParse(Issues as unknown as z.$ZodErrorClass);

/** The value as its schema has it, with marks for what is left out; or what is wrong with it. */
export function validate<T>(schema: Schema<T>, value: unknown): Result {
  const result = parse(schema, value);
  if (result.success) return { output: result.data };
  // Every schema here says itself what it expects: its message is ours, not zod's.
  const [{ path, message: expected } = { path: [], message: '' }] = result.error.issues;
  return { issue: { path, expected } };
}
