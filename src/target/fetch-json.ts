import { aborted } from '../aborts.ts';
import { InvalidContentError } from '../errors.ts';
import { parseJson, pathOf } from '../json/json.ts';
import type { OutputOf, StandardIssue, StandardSchema } from '../json/standard-schema.ts';
import type { Descriptor } from '../types.ts';
import { ofCaller } from './callers.ts';
import { type FetchBytesOptions, fetchBytes } from './content.ts';
import type { ReadOnlyTarget } from './target.ts';

/** How many things that are wrong a message names at most. */
const mostIssues = 3;

/**
 * The JSON of a blob, verified, as a schema of any library reads it; without a schema as it is. A byte order mark is no
 * part of it. What the schema itself throws comes out as it is.
 *
 * @example
 * import { fetchJson } from 'oras-js';
 *
 * const { manifest } = await registry.manifest('localhost:5000/org/hello:v1');
 * const config = await fetchJson(registry.repository('localhost:5000/org/hello'), manifest.config);
 *
 * @throws TooLargeError above `limit`, 4 MiB by default
 * @throws NotFoundError when it is not there
 * @throws MismatchError when size or digest are wrong
 * @throws InvalidContentError when it is not JSON in UTF-8, or the schema does not take it; `issues` say where and why
 */
export async function fetchJson<S extends StandardSchema | undefined = undefined>(
  target: ReadOnlyTarget,
  descriptor: Descriptor,
  schema?: S,
  options: FetchBytesOptions = {},
): Promise<OutputOf<S>> {
  const standard = schema?.['~standard'];
  if (schema !== undefined && typeof standard?.validate !== 'function') {
    throw new TypeError('The schema is no Standard Schema: it has no ~standard.validate');
  }
  const { value, problem } = parseJson(await fetchBytes(target, descriptor, options), 'UTF-8');
  if (problem) throw invalid(descriptor, [{ message: problem.words }], { cause: problem.cause });
  if (!standard) return value as OutputOf<S>;
  // It may take its time, or never come to an end.
  const validated = ofCaller(() => standard.validate(value));
  const result = await aborted(validated, options.signal);
  if (result.issues) throw invalid(descriptor, result.issues);
  return result.value as OutputOf<S>;
}

function invalid({ digest }: Descriptor, found: readonly StandardIssue[], options?: ErrorOptions): InvalidContentError {
  const issues = found.map(({ message, path = [] }) => {
    const keys = path.map((part) => (typeof part === 'object' ? part.key : part));
    return { path: pathOf(keys), message };
  });
  // Some schemas name the place in their message.
  const words = issues
    .slice(0, mostIssues)
    .map(({ path, message }) => (message.startsWith(path) ? message : `${path}: ${message}`));
  const more = issues.length > mostIssues ? `; and ${issues.length - mostIssues} more` : '';
  return new InvalidContentError(`${digest} cannot be read: ${words.join('; ')}${more}`, issues, options);
}
