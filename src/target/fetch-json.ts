import { aborted } from '../aborts.ts';
import { InvalidContentError } from '../errors.ts';
import { parseJson, pathOf } from '../json/json.ts';
import type { OutputOf, StandardIssue, StandardSchema } from '../json/standard-schema.ts';
import type { Descriptor } from '../types.ts';
import { ofCaller } from './callers.ts';
import { type FetchBytesOptions, fetchBytes } from './content.ts';
import type { ReadOnlyTarget } from './target.ts';

/** Most issues that one message lists. */
const mostIssues = 3;

/**
 * Fetches a blob as JSON, verified. A schema of any Standard Schema library validates it; without a schema it is
 * returned unchecked. A byte order mark is skipped. Errors that the schema throws are not wrapped.
 *
 * @example
 * import { fetchJson } from 'oras-js';
 *
 * const { manifest } = await registry.manifest('localhost:5000/org/hello:v1');
 * const config = await fetchJson(registry.repository('localhost:5000/org/hello'), manifest.config);
 *
 * @throws TooLargeError above `limit`, 4 MiB by default
 * @throws NotFoundError when the blob does not exist
 * @throws MismatchError when the size or the digest is wrong
 * @throws InvalidContentError when it is not JSON in UTF-8, or the schema rejects it; see its `issues`
 */
export async function fetchJson<S extends StandardSchema | undefined = undefined>(
  target: ReadOnlyTarget,
  descriptor: Descriptor,
  schema?: S,
  options: FetchBytesOptions = {},
): Promise<OutputOf<S>> {
  const standard = schema?.['~standard'];
  if (schema !== undefined && typeof standard?.validate !== 'function') {
    throw new TypeError('The schema is not a Standard Schema: it has no ~standard.validate');
  }
  const { value, problem } = parseJson(await fetchBytes(target, descriptor, options), 'UTF-8');
  if (problem) throw invalid(descriptor, [{ message: problem.words }], { cause: problem.cause });
  if (!standard) return value as OutputOf<S>;
  // A schema may validate asynchronously, and may never settle.
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
  // Some libraries repeat the path in their message.
  const words = issues
    .slice(0, mostIssues)
    .map(({ path, message }) => (message.startsWith(path) ? message : `${path}: ${message}`));
  const more = issues.length > mostIssues ? `; and ${issues.length - mostIssues} more` : '';
  return new InvalidContentError(`${digest} cannot be read: ${words.join('; ')}${more}`, issues, options);
}
