import { problemOf } from '../../json/json.ts';
import { checked, fields, listOf, mapOf, optional, type Schema, text, usable } from '../../json/schema.ts';
import type { Annotations, Descriptor, Platform } from '../../types.ts';
import { isDigest } from '../digest.ts';

/** Annotations; values that are not text are left out. */
export const annotations: Schema<Annotations> = mapOf(text);

/** A digest of any algorithm. */
export const digest: Schema<string> = checked((value) => typeof value === 'string' && isDigest(value), 'a digest');

/** A number of bytes. */
export const byteCount: Schema<number> = checked(
  (value) => Number.isSafeInteger(value) && (value as number) >= 0,
  'a number of bytes',
);

/** A platform; `architecture` and `os` are required. */
const platform: Schema<Platform> = fields({
  architecture: text,
  os: text,
  'os.version': optional(text),
  'os.features': optional(listOf(usable(text))),
  variant: optional(text),
});

/** The required fields of a descriptor: without them it identifies no content. */
const needed = { digest, size: byteCount };

/** A descriptor. Its media type is not checked; a missing one is an empty string. */
export const descriptor: Schema<Descriptor> = fields({
  ...needed,
  mediaType: usable(text, ''),
  urls: optional(listOf(usable(text))),
  annotations: optional(annotations),
  data: optional(text),
  platform: optional(platform),
  artifactType: optional(text),
});

const content: Schema<Pick<Descriptor, 'digest' | 'size'>> = fields(needed);

/** Says why a value is not a valid descriptor, as a sentence; undefined when it is valid. */
export function descriptorProblem(value: unknown, path = 'it'): string | undefined {
  return problemOf(value, content, path)?.words;
}
