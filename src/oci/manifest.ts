import { InvalidManifestError, TooLargeError } from '../errors.ts';
import { type OnFault, type Reading, readJson } from '../json/json.ts';
import { object } from '../json/schema.ts';
import type { Index, Manifest } from '../types.ts';
import { impliedType, ownType, requireReadable } from './manifest-type.ts';
import { isIndexType, mediaTypes, saysWhatItIs, withoutParameters } from './media-types.ts';
import { readIndex, readManifest } from './schemas/manifest.ts';

/**
 * Largest manifest or index to read, in bytes: 4 MiB, the limit of registries (distribution-spec, "Pushing Manifests").
 */
export const maxManifestSize: number = 4 * 1024 * 1024;

/** A parsed manifest or index. Fields that are not in the specification are kept. */
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
  /** Media type of the descriptor or the response. Default: the manifest's own `mediaType`. */
  contentType?: string | undefined;
  /** Size limit in bytes. Default 4 MiB. */
  limit?: number | undefined;
  /** Called for each field that is left out or read differently. Default: faults are not reported. */
  onFault?: OnFault | undefined;
}

/**
 * Parses the bytes of a manifest or an index leniently: `null` is an unset field, a missing list is empty, and an
 * optional field of a wrong type is left out.
 *
 * @throws TooLargeError above the limit
 * @throws UnsupportedError when it is a manifest of another type
 * @throws InvalidManifestError when it is not JSON, lacks a required field, or is both index and manifest
 *   (CVE-2021-41190)
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

/** The value of a reading.
 *
 * @throws InvalidManifestError when it has a problem instead
 */
export function readOf<T>(reading: Reading<T>, what = 'The manifest'): T {
  const { problem } = reading;
  if (problem === undefined) return reading.value;
  const { words, cause } = problem;
  throw new InvalidManifestError(`${what} cannot be read: ${words}`, cause === undefined ? {} : { cause });
}

/**
 * Detects the media type of a manifest from its bytes: its `mediaType`, or else the type implied by its fields.
 * Undefined when neither tells.
 *
 * @throws InvalidManifestError when they are not JSON
 */
export function manifestTypeOf(bytes: Uint8Array): string | undefined {
  const value = parseObject(bytes);
  const isVersioned = value.schemaVersion === 1 || value.schemaVersion === 2;
  return ownType(value) ?? (isVersioned ? impliedType(value) : undefined);
}

/** Checks the size of a manifest before it is pushed: registries reject larger ones, and this package cannot read them.
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

/** Parses a JSON object; of duplicate keys the last one wins, as in JavaScript.
 *
 * @throws TooLargeError above the limit
 * @throws InvalidManifestError when it is not a JSON object
 */
export function parseObject(bytes: Uint8Array, limit: number = maxManifestSize): Record<string, unknown> {
  const size = bytes.byteLength;
  if (size > limit) {
    throw new TooLargeError(`The manifest has ${size} bytes, more than the ${limit} that are read`, limit, size);
  }
  return readOf(readJson(bytes, object, { encoding: 'UTF-8 without mark' }));
}
