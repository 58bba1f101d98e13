import { kindOf } from '../bytes/kinds.ts';
import { checkCount } from '../errors/check-count.ts';
import { Reference } from '../oci/reference.ts';
import type { Descriptor } from '../types.ts';

/** Tells whether a value has the right type. */
type Test = (value: unknown) => boolean;

const isFunction: Test = (value) => typeof value === 'function';
const isObject: Test = (value) => typeof value === 'object' && value !== null;
const isTexts: Test = (value) => Array.isArray(value) && value.every((item) => typeof (item ?? '') === 'string');
/** Not `instanceof`: a signal may come from another window, or from a polyfill. */
const isSignal: Test = (value) => isObject(value) && 'aborted' in (value as object);
const hasMethods =
  (...names: string[]): Test =>
  (value) =>
    isObject(value) && names.every((name) => isFunction((value as Record<string, unknown>)[name]));

const aFunction = [isFunction, 'a function'] as const;
const aBoolean = [(value: unknown): boolean => typeof value === 'boolean', 'true or false'] as const;
const texts = [isTexts, 'a list of texts'] as const;

/** The type of each option, in all calls that have it. */
const kinds: Readonly<Record<string, readonly [Test, string]>> = {
  signal: [isSignal, 'an AbortSignal'],
  onProgress: aFunction,
  onWarning: aFunction,
  openPath: aFunction,
  openDirectory: aFunction,
  mediaTypeOf: aFunction,
  hash: aFunction,
  spool: aFunction,
  tags: texts,
  mountFrom: texts,
  resume: [hasMethods('get', 'put', 'delete'), 'a storage, such as a DirectoryStorage'],
  retry: [isObject, 'an object, as in { limit: 0 }'],
  limits: [isObject, 'an object, as in { maxEntries: 1000 }'],
  beforeCopy: aFunction,
  afterCopy: aFunction,
  onSkipped: aFunction,
  onMounted: aFunction,
  mapRoot: aFunction,
  platforms: [Array.isArray, "a list of platforms, as in ['linux/amd64']"],
  index: [(value) => value === 'keep' || value === 'rewrite', "'keep' or 'rewrite'"],
  recursive: aBoolean,
  cosign: aBoolean,
  checkExisting: aBoolean,
  overwrite: aBoolean,
  unpack: aBoolean,
  dryRun: aBoolean,
  keepUntagged: aBoolean,
};

/** Options that are counts: whole numbers from 1. */
const counts = ['concurrency', 'chunkSize', 'pageSize'] as const;
/** The limits of archives, which are counts, too. */
const limitNames = ['maxEntries', 'maxSize', 'maxRatio'];

/**
 * Checks the types of a call's options before anything is sent, for callers without TypeScript. An option that is
 * undefined or null is not set. `except` names one that means something else in this call.
 *
 * @throws TypeError when the options are not an object, or one of them has the wrong type, or a limit is unknown
 * @throws RangeError when a count is not a whole number from 1
 */
export function checkOptions(options: object, except?: string): void {
  if (!isObject(options)) throw new TypeError(`The options must be an object, not ${kindOf(options)}`);
  const given = options as Record<string, unknown>;
  for (const [name, [isRight, expected]] of Object.entries(kinds)) {
    const value = given[name] ?? undefined;
    if (value !== undefined && name !== except && !isRight(value)) {
      throw new TypeError(`The option ${name} must be ${expected}, not ${kindOf(value)}`);
    }
  }
  for (const name of counts) checkCount(name, given[name]);
  for (const [name, limit] of Object.entries(given.limits ?? {})) {
    if (!limitNames.includes(name)) throw new TypeError(`limits has no ${name}, only ${limitNames.join(', ')}`);
    checkCount(name, limit ?? undefined);
  }
}

const readMethods = ['resolve', 'fetch', 'exists'];
const writeMethods = [...readMethods, 'push', 'tag'];

/** Checks that the target of a call has the methods needed to pull or to push.
 *
 * @throws TypeError when it does not
 */
export function checkTarget(target: unknown, access: 'pull' | 'push'): void {
  if (hasMethods(...(access === 'pull' ? readMethods : writeMethods))(target)) return;
  throw new TypeError(`The target must be one to ${access}: a Repository or an OciLayout, not ${kindOf(target)}`);
}

/** Checks the type of a tag, digest or descriptor; the target itself checks the grammar.
 *
 * @throws TypeError when it is neither text nor a descriptor
 */
export function checkReference(reference: string | Descriptor): void {
  if (typeof reference === 'string') return;
  const isDescriptor =
    isObject(reference) && typeof reference.digest === 'string' && typeof reference.size === 'number';
  if (isDescriptor) return;
  throw new TypeError(`What is looked for must be a tag, a digest or a descriptor, not ${kindOf(reference)}`);
}

/** Checks the type of an optional tag.
 *
 * @throws TypeError when it is neither text nor undefined
 */
export function checkTagArgument(tag: unknown): void {
  if (tag === undefined || typeof tag === 'string') return;
  throw new TypeError(`A tag must be text, or undefined for none; not ${kindOf(tag)}`);
}

/** Tells whether a value is a writable storage. */
export const isStorage: (value: unknown) => boolean = hasMethods('get', 'put', 'list');

/**
 * A reference of the registry API, parsed if it is text.
 *
 * @throws InvalidReferenceError when it breaks the grammar
 * @throws TypeError when it is neither text nor a Reference
 */
export function asReference(reference: string | Reference, defaultHost: string | undefined): Reference {
  if (typeof reference === 'string') return Reference.parse(reference, { defaultHost });
  // No `instanceof`: it may be of another copy of the package.
  if (typeof reference === 'object' && reference !== null && 'apiHost' in reference) return reference;
  throw new TypeError(`A reference is text, as in ghcr.io/org/hello:v1, or a Reference, not ${kindOf(reference)}`);
}

/** Checks a byte range: from `start` up to `end`, exclusive.
 *
 * @throws RangeError when it is not within the size
 */
export function checkRange(start: number, end: number, size: number): void {
  const isRange = Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0 && start <= end;
  if (!isRange || end > size) throw new RangeError(`${start} to ${end} is not a range within the blob`);
}
