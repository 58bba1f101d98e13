import { CredentialsError } from '../../errors.ts';

/** A JSON object whose fields have not been looked at. */
export type JsonObject = Record<string, unknown>;

/** Tells whether a value of JSON is an object. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Reads a JSON object; white space alone is an empty one. Use `Object.hasOwn` on what it gives: a key may be
 * `__proto__`, and one that is not there may be `constructor`.
 *
 * @throws CredentialsError naming `place`, and without the reason: the parser's message would quote the text
 */
export function parseObject(text: string, place: string): JsonObject {
  // `trim` also takes the byte order mark that editors on Windows put first.
  const trimmed = text.trim();
  if (trimmed === '') return {};
  let value: unknown;
  try {
    value = JSON.parse(trimmed);
  } catch {
    throw new CredentialsError(`Cannot read credentials: ${place} is not valid JSON`, place);
  }
  return objectOr(value, place, 'it');
}

/**
 * The object a field holds; an empty one when it is not set.
 *
 * @throws CredentialsError naming `place` and the field when it holds anything else
 */
export function objectField(object: JsonObject, field: string, place: string): JsonObject {
  return Object.hasOwn(object, field) ? objectOr(object[field], place, field) : {};
}

function objectOr(value: unknown, place: string, what: string): JsonObject {
  // null is how Go writes what is not set.
  if (value === null) return {};
  if (isObject(value)) return value;
  throw new CredentialsError(`Cannot read credentials from ${place}: ${what} is no JSON object`, place);
}
