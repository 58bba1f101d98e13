import { InvalidManifestError } from '../errors.ts';
import type { Descriptor } from '../types.ts';
import { isDigest } from './digest.ts';

/** Told of a value that is left out, as a sentence: where it is, and what is wrong with it. */
export type OnFault = (fault: string) => void;

/** Reads the value of one field; undefined leaves the field out. */
export type Reader = (value: unknown, path: string, onFault: OnFault) => unknown;

/**
 * The object with the values its readers give for the fields they are for, all else unchanged and in its order. `null`
 * is what Go and Python write for a field that is not set, so such a field is left out.
 */
export function readFields(
  value: object,
  readers: Readonly<Record<string, Reader>>,
  path: string,
  onFault: OnFault,
): Record<string, unknown> {
  const read = ([key, field]: [string, unknown]): [string, unknown][] => {
    const reader = Object.hasOwn(readers, key) ? readers[key] : undefined;
    if (!reader) return [[key, field]];
    const result = field === null ? undefined : reader(field, path + key, onFault);
    return result === undefined ? [] : [[key, result]];
  };
  // Not by assignment, for which `__proto__` is no key like others.
  return Object.fromEntries(Object.entries(value).flatMap(read));
}

/** A text; anything else is left out. */
export const text: Reader = (value, path, onFault) => {
  if (typeof value === 'string') return value;
  onFault(problem(path, value, 'text'));
  return undefined;
};

/** The texts of a list; anything else is left out. */
const texts: Reader = (value, path, onFault) => {
  if (Array.isArray(value)) return value.filter((item, i) => text(item, `${path}[${i}]`, onFault) !== undefined);
  onFault(problem(path, value, 'a list'));
  return undefined;
};

/** Texts by their keys; what is no text is left out. */
export const annotations: Reader = (value, path, onFault) => {
  if (!isObject(value)) {
    onFault(problem(path, value, 'an object'));
    return undefined;
  }
  const isText = ([key, item]: [string, unknown]): boolean =>
    item !== null && text(item, `${path}[${shown(key)}]`, onFault) !== undefined;
  return Object.fromEntries(Object.entries(value).filter(isText));
};

/** A platform; it is left out without the two fields that every platform has. */
const platform: Reader = (value, path, onFault) => {
  if (!isObject(value)) {
    onFault(problem(path, value, 'an object'));
    return undefined;
  }
  const read = readFields(value, platformFields, `${path}.`, onFault);
  const missing = ['architecture', 'os'].find((field) => read[field] === undefined);
  if (missing !== undefined) onFault(`${path}.${missing} is missing`);
  return missing === undefined ? read : undefined;
};

const platformFields = { architecture: text, os: text, 'os.version': text, 'os.features': texts, variant: text };
const descriptorFields = { mediaType: text, urls: texts, annotations, data: text, platform, artifactType: text };

/** A descriptor that can be left out: without a digest or a size it is. */
export const optionalDescriptor: Reader = (value, path, onFault) => {
  const fault = descriptorProblem(value, path);
  if (fault === undefined) return descriptor(value, path, onFault);
  onFault(fault);
  return undefined;
};

/** The descriptors of a list whose entries are alternatives: one that cannot be used is left out. */
export const alternatives: Reader = (value, path, onFault) =>
  listOf(value, path).flatMap((item, i) => optionalDescriptor(item, `${path}[${i}]`, onFault) ?? []);

/** The descriptors of a list whose entries are parts of one thing: it cannot do without any of them.
 *
 * @throws InvalidManifestError when one of them cannot be used
 */
export const parts: Reader = (value, path, onFault) =>
  listOf(value, path).map((item, i) => descriptor(item, `${path}[${i}]`, onFault));

/** A descriptor. Its media type is given as it is, and as an empty text where there is none.
 *
 * @throws InvalidManifestError without a digest or a size, as it then stands for nothing
 */
export function descriptor(value: unknown, path: string, onFault: OnFault): Descriptor {
  const fault = descriptorProblem(value, path);
  if (fault !== undefined) throw new InvalidManifestError(`The manifest cannot be read: ${fault}`);
  const read = readFields(value as object, descriptorFields, `${path}.`, onFault);
  if (read.mediaType === undefined) {
    onFault(`${path}.mediaType is missing`);
    read.mediaType = '';
  }
  return read as unknown as Descriptor;
}

/** Why a value cannot be used as a descriptor, as a sentence; undefined when it can. */
export function descriptorProblem(value: unknown, path = 'it'): string | undefined {
  if (!isObject(value)) return problem(path, value, 'an object');
  const { digest, size } = value;
  if (typeof digest !== 'string' || !isDigest(digest)) return problem(`${path}.digest`, digest, 'a digest');
  const isSize = Number.isSafeInteger(size) && (size as number) >= 0;
  return isSize ? undefined : problem(`${path}.size`, size, 'a number of bytes');
}

/** Tells whether a value is an object of fields. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What is wrong with a value, as a sentence. */
export function problem(path: string, value: unknown, expected: string): string {
  if (value === undefined || value === null) return `${path} is missing`;
  return `${path} is ${shown(value)}, not ${expected}`;
}

function listOf(value: unknown, path: string): unknown[] {
  if (Array.isArray(value)) return value;
  throw new InvalidManifestError(`The manifest cannot be read: ${problem(path, value, 'a list')}`);
}

/** A value in a message: short, and without control characters. */
export function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return value === null ? 'null' : 'an object';
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'string') return String(value);
  const short = value.length > 80 ? `${value.slice(0, 80)}…` : value;
  return JSON.stringify(short).replace(/[\u007f-\u009f\u2028\u2029]/g, ' ');
}
