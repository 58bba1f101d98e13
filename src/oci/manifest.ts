import { InvalidManifestError, TooLargeError } from '../errors.ts';
import { type OnFault, type Reading, readJson } from '../json/json.ts';
import { object } from '../json/schema.ts';
import type { Index, Manifest } from '../types.ts';
import { impliedType, ownType, requireReadable } from './manifest-type.ts';
import { isIndexType, mediaTypes, saysWhatItIs, withoutParameters } from './media-types.ts';
import { readIndex, readManifest } from './schemas/manifest.ts';

/** Largest manifest or index that is read, in bytes: 4 MiB, what registries accept (distribution-spec, "Pushing Manifests"). */
export const maxManifestSize: number = 4 * 1024 * 1024;

/** What a manifest's bytes turned out to be. Fields the specification does not know are kept in the value. */
export type ParsedManifest =
  | {
      /** An image or artifact manifest. */
      kind: 'manifest';
      /** Its content. */
      manifest: Manifest;
    }
  | {
      /** A list of manifests. */
      kind: 'index';
      /** Its content. */
      index: Index;
    };

/** Options of {@link parseManifest}. */
export interface ParseOptions {
  /** What the bytes were said to be. Default: what they say themselves. */
  contentType?: string | undefined;
  /** Most bytes that are read. Default 4 MiB. */
  limit?: number | undefined;
  /** Told of what was left out, or read differently from what it says. Default: nobody. */
  onFault?: OnFault | undefined;
}

/**
 * Reads a manifest or an index from its bytes, loosely: what only one field needs does not make the rest unreadable.
 * `null` is a field that is not set, a missing list is empty, and an optional field of another type is left out.
 *
 * @throws TooLargeError above the limit
 * @throws UnsupportedError when it is a manifest of another kind
 * @throws InvalidManifestError when it is not JSON, lacks what nothing can be done without, or is both index and
 *   manifest (CVE-2021-41190)
 */
export function parseManifest(bytes: Uint8Array, options: ParseOptions = {}): ParsedManifest {
  const { contentType = '', limit, onFault = () => {} } = options;
  const value = parseObject(bytes, limit);
  const own = ownType(value);
  const said = saysWhatItIs(contentType) ? withoutParameters(contentType) : undefined;
  const type = said ?? own ?? impliedType(value) ?? mediaTypes.manifest;
  requireReadable(type);
  if (own !== undefined && own !== type) onFault(`it calls itself ${own}, and is read as ${type}`);
  if (isIndexType(type)) return { kind: 'index', index: readOf(readIndex(value, onFault)) };
  return { kind: 'manifest', manifest: readOf(readManifest(value, onFault)) };
}

/** What was read.
 *
 * @throws InvalidManifestError when it could not be
 */
export function readOf<T>(reading: Reading<T>, what = 'The manifest'): T {
  const { problem } = reading;
  if (problem === undefined) return reading.value;
  const { words, cause } = problem;
  throw new InvalidManifestError(`${what} cannot be read: ${words}`, cause === undefined ? {} : { cause });
}

/**
 * The media type of a manifest by its bytes: what they call themselves, or else what their fields are those of. Undefined
 * when neither says anything.
 *
 * @throws InvalidManifestError when they are not JSON
 */
export function manifestTypeOf(bytes: Uint8Array): string | undefined {
  const value = parseObject(bytes);
  const isVersioned = value.schemaVersion === 1 || value.schemaVersion === 2;
  return ownType(value) ?? (isVersioned ? impliedType(value) : undefined);
}

/** Refuses to write a manifest that registries do not accept, and that could not be read again.
 *
 * @throws TooLargeError above 4 MiB
 */
export function checkManifestSize(size: number): void {
  if (size <= maxManifestSize) return;
  throw new TooLargeError(
    `The manifest has ${size} bytes, more than the ${maxManifestSize} (4 MiB) that registries accept: ` +
      'use fewer files, pack many small files into one archive, or shorten the annotations',
    maxManifestSize,
    size,
  );
}

/** An object of JSON; duplicate keys are read as JavaScript does.
 *
 * @throws TooLargeError above the limit
 * @throws InvalidManifestError when it is none
 */
export function parseObject(bytes: Uint8Array, limit: number = maxManifestSize): Record<string, unknown> {
  const size = bytes.byteLength;
  if (size > limit) {
    throw new TooLargeError(`The manifest has ${size} bytes, more than the ${limit} that are read`, limit, size);
  }
  return readOf(readJson(bytes, object, { encoding: 'UTF-8 without mark' }));
}
