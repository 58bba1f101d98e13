import { readValue } from '../../json/json.ts';
import { checked, fields, listOf, mapOf, optional, type Schema, text, usable } from '../../json/schema.ts';
import type { Annotations, Descriptor, Platform } from '../../types.ts';
import { isDigest } from '../digest.ts';

/** Texts by their keys; what is no text is left out. */
export const annotations: Schema<Annotations> = mapOf(text);

/** A digest that can be computed here or elsewhere. */
export const digest: Schema<string> = checked((value) => typeof value === 'string' && isDigest(value), 'a digest');

/** A number of bytes. */
export const byteCount: Schema<number> = checked(
  (value) => Number.isSafeInteger(value) && (value as number) >= 0,
  'a number of bytes',
);

/** It is none without the two fields that every platform has. */
const platform: Schema<Platform> = fields({
  architecture: text,
  os: text,
  'os.version': optional(text),
  'os.features': optional(listOf(usable(text))),
  variant: optional(text),
});

/** What a descriptor cannot be without, as it then stands for nothing. */
const needed = { digest, size: byteCount };

/** A descriptor. Its media type is given as it is, and as an empty text where there is none. */
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

/** Why a value cannot be used as a descriptor, as a sentence; undefined when it can. */
export function descriptorProblem(value: unknown, path = 'it'): string | undefined {
  return readValue(value, content, undefined, path).problem?.words;
}
