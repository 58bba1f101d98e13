import { InvalidManifestError } from '../errors.ts';
import { isObject } from '../json/values.ts';
import type { Annotations, Descriptor, Index, Manifest, Platform } from '../types.ts';

/** The field order of Go's structs, as oras writes them: the same input gives the same bytes and digests as oras. */
const descriptorFields = ['mediaType', 'digest', 'size', 'urls', 'annotations', 'data', 'platform', 'artifactType'];
const platformFields = ['architecture', 'os', 'os.version', 'os.features', 'variant'];
const manifestFields = ['schemaVersion', 'mediaType', 'artifactType', 'config', 'layers', 'subject', 'annotations'];
const indexFields = ['schemaVersion', 'mediaType', 'artifactType', 'manifests', 'subject', 'annotations'];

const encoder = new TextEncoder();

/** Go's `omitempty`. */
const omittedWhenEmpty = ['urls', 'data', 'artifactType', 'os.version', 'os.features', 'variant'];

/** Serializes a manifest of this package to the same bytes as oras.
 *
 * @throws InvalidManifestError when a field that is not in the image-spec is nested too deeply
 */
export function serializeManifest(manifest: Manifest): Uint8Array<ArrayBuffer> {
  return encode(ordered(manifest, manifestFields));
}

/** Serializes an index of this package to the same bytes as oras.
 *
 * @throws InvalidManifestError when a field that is not in the image-spec is nested too deeply
 */
export function serializeIndex(index: Index): Uint8Array<ArrayBuffer> {
  return encode(ordered(index, indexFields));
}

/** By field name, how its nested objects are ordered; all other fields are written unchanged. */
const nested: Record<string, (value: never) => unknown> = {
  config: orderedDescriptor,
  subject: orderedDescriptor,
  layers: orderedDescriptor,
  manifests: orderedDescriptor,
  platform: (platform: Platform) => ordered(platform, platformFields),
  annotations: orderedAnnotations,
};

function orderedDescriptor(descriptor: Descriptor): Map<string, unknown> {
  return ordered(descriptor, descriptorFields);
}

/** Orders a field's objects; values of another type, in an index that others wrote, are kept. */
function orderedField(key: string, value: unknown): unknown {
  const order = nested[key];
  if (!order) return value;
  if (Array.isArray(value)) return value.map((item) => (isObject(item) ? order(item as never) : item));
  return isObject(value) ? order(value as never) : value;
}

/** Keys sorted by their UTF-8 bytes; JavaScript's own sort differs above U+FFFF. Undefined when empty. */
function orderedAnnotations(annotations: Annotations): Map<string, unknown> | undefined {
  const keys = Object.keys(annotations).map((key) => ({ key, bytes: encoder.encode(key) }));
  if (keys.length === 0) return undefined;
  keys.sort((a, b) => compareBytes(a.bytes, b.bytes));
  return new Map(keys.map(({ key }) => [key, annotations[key]]));
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = (a[i] as number) - (b[i] as number);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/**
 * The fields in order, unknown fields last. A Map, because an object moves keys that look like numbers to its front.
 */
function ordered(value: object, fields: readonly string[]): Map<string, unknown> {
  const source = value as Record<string, unknown>;
  const unknown = Object.keys(source).filter((key) => !fields.includes(key));
  const result = new Map<string, unknown>();
  for (const key of [...fields, ...unknown]) {
    if (source[key] === undefined) continue;
    const entry = fields.includes(key) ? orderedField(key, source[key]) : source[key];
    if (entry !== undefined && !(omittedWhenEmpty.includes(key) && isEmpty(entry))) result.set(key, entry);
  }
  return result;
}

function isEmpty(value: unknown): boolean {
  return value === '' || (Array.isArray(value) && value.length === 0);
}

function encode(value: unknown): Uint8Array<ArrayBuffer> {
  // Go's encoding/json escapes these five characters; JSON.stringify does not.
  const escaped = textOf(value).replace(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return encoder.encode(escaped);
}

function textOf(value: unknown): string {
  try {
    return write(value);
  } catch (error) {
    // JSON.parse accepts deeper nesting than JSON.stringify.
    if (error instanceof RangeError) throw new InvalidManifestError('The manifest is nested too deeply to be written');
    throw error;
  }
}

function write(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(write).join(',')}]`;
  if (!(value instanceof Map)) return JSON.stringify(value);
  return `{${Array.from(value, ([key, entry]) => `${JSON.stringify(key)}:${write(entry)}`).join(',')}}`;
}
