import type { Reading } from './json.ts';

/**
 * A schema of any library with support for Standard Schema 1 (standardschema.dev), or your own. `Output` is the type of
 * its result.
 */
export interface StandardSchema<Output = unknown> {
  /** The properties of the standard. */
  readonly '~standard': {
    /** Version of the standard. */
    readonly version: 1;
    /** Name of the library. */
    readonly vendor: string;
    /** Validates a value; returns the result, or the `issues`. */
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>;
    /** For the type checker only. */
    readonly types?:
      | {
          /** Type of the input. */
          readonly input: unknown;
          /** Type of the result. */
          readonly output: Output;
        }
      | undefined;
  };
}

/** The type of a schema's result; unknown without a schema. */
export type OutputOf<S> = S extends StandardSchema<infer Output> ? Output : unknown;

/** The result of a {@link StandardSchema}: a value, or issues. */
export type StandardResult<Output> =
  | {
      /** The result. */
      readonly value: Output;
      /** Undefined on success. */
      readonly issues?: undefined;
    }
  | {
      /** The issues. */
      readonly issues: readonly StandardIssue[];
    };

/** One issue of a value. */
export interface StandardIssue {
  /** The message. */
  readonly message: string;
  /** The keys of the path to the faulty value; empty for the whole value. */
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

/** Makes a Standard Schema of a reading function. Values that are left out are not reported. */
export function standard<T>(read: (value: unknown) => Reading<T>): StandardSchema<T> {
  const validate = (value: unknown): StandardResult<T> => {
    const reading = read(value);
    if (!reading.problem) return { value: reading.value };
    const { words, keys } = reading.problem;
    return { issues: [{ message: words, path: keys }] };
  };
  return { '~standard': { version: 1, vendor: 'oras-js', validate } };
}
