import type { Reading } from './json.ts';

/**
 * A schema of any library that keeps to Standard Schema 1 (standardschema.dev), or one of your own. `Output` is the type
 * of what it reads.
 */
export interface StandardSchema<Output = unknown> {
  /** All that the standard asks for. */
  readonly '~standard': {
    /** Version of the standard. */
    readonly version: 1;
    /** Name of the library. */
    readonly vendor: string;
    /** Reads a value; what is wrong with it are its `issues`. */
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>;
    /** For the type checker only. */
    readonly types?:
      | {
          /** What it takes. */
          readonly input: unknown;
          /** What it gives. */
          readonly output: Output;
        }
      | undefined;
  };
}

/** The type of what a schema reads; unknown without one. */
export type OutputOf<S> = S extends StandardSchema<infer Output> ? Output : unknown;

/** What a {@link StandardSchema} makes of a value: what it reads, or what is wrong. */
export type StandardResult<Output> =
  | {
      /** What is read. */
      readonly value: Output;
      /** Nothing is wrong. */
      readonly issues?: undefined;
    }
  | {
      /** What is wrong. */
      readonly issues: readonly StandardIssue[];
    };

/** One thing that is wrong with a value. */
export interface StandardIssue {
  /** What is wrong, in words. */
  readonly message: string;
  /** The keys that lead there; none when all of it is meant. */
  readonly path?:
    | readonly (
        | PropertyKey
        | {
            /** The key. */
            readonly key: PropertyKey;
          }
      )[]
    | undefined;
}

/** A schema for other libraries, from how it reads. What is left out of a value is not told. */
export function standard<T>(read: (value: unknown) => Reading<T>): StandardSchema<T> {
  const validate = (value: unknown): StandardResult<T> => {
    const reading = read(value);
    if (!reading.problem) return { value: reading.value };
    const { words, keys } = reading.problem;
    return { issues: [{ message: words, path: keys }] };
  };
  return { '~standard': { version: 1, vendor: 'oras-js', validate } };
}
