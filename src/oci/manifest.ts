import { InvalidManifestError, TooLargeError } from '../errors.ts';
import type { Index, Manifest } from '../types.ts';
import {
  alternatives,
  annotations,
  descriptor,
  isObject,
  type OnFault,
  optionalDescriptor,
  parts,
  problem,
  type Reader,
  readFields,
  shown,
  text,
} from './fields.ts';
import { impliedType, ownType, requireReadable } from './manifest-type.ts';
import { isIndexType, mediaTypes, saysWhatItIs, withoutParameters } from './media-types.ts';

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

/** Fields of manifests and indexes alike. */
type ManifestFields = Partial<Manifest> & Pick<Partial<Index>, 'manifests'>;

const version: Reader = (value, path) => {
  if (value !== 2) throw new InvalidManifestError(`The manifest cannot be read: ${problem(path, value, '2')}`);
  return value;
};

const readers: Readonly<Record<string, Reader>> = {
  schemaVersion: version,
  mediaType: text,
  artifactType: text,
  config: descriptor,
  layers: parts,
  manifests: alternatives,
  subject: optionalDescriptor,
  annotations,
};

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
  const kind = isIndexType(type) ? 'index' : 'manifest';
  checkKind(value, kind);
  if (own !== undefined && own !== type) onFault(`it calls itself ${own}, and is read as ${type}`);
  if (kind === 'index') return { kind, index: indexOf(value, onFault) };
  const fields = fieldsOf(value, onFault);
  const { config, layers = [] } = fields;
  if (!config) throw new InvalidManifestError(`The manifest cannot be read: ${problem('config', config, '')}`);
  return { kind, manifest: { ...fields, schemaVersion: 2, config, layers } };
}

/** Reads an index from JSON, whatever it calls itself, as {@link parseManifest} does.
 *
 * @throws InvalidManifestError when it is also a manifest, or is no index
 */
export function readIndex(value: Record<string, unknown>): Index {
  checkKind(value, 'index');
  return indexOf(value, () => {});
}

/** A field that is there keeps its place. */
function indexOf(value: Record<string, unknown>, onFault: OnFault): Index {
  const fields = fieldsOf(value, onFault);
  return { ...fields, schemaVersion: 2, manifests: fields.manifests ?? [] };
}

function fieldsOf(value: Record<string, unknown>, onFault: OnFault): ManifestFields {
  const fields = readFields(value, readers, '', onFault) as ManifestFields;
  if (fields.schemaVersion === undefined) onFault(problem('schemaVersion', undefined, '2'));
  return fields;
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
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (cause) {
    throw new InvalidManifestError('The manifest is not JSON in UTF-8', { cause });
  }
  if (!isObject(value)) throw new InvalidManifestError('The manifest is not a JSON object');
  return value;
}

/** Who reads it otherwise would see other content under the same digest (CVE-2021-41190). */
function checkKind(value: Record<string, unknown>, kind: ParsedManifest['kind']): void {
  const foreign = kind === 'index' ? ['config', 'layers'] : ['manifests'];
  for (const [key, field] of Object.entries(value)) {
    const name = key.toLowerCase();
    if (field === null) continue;
    if (foreign.includes(name)) {
      throw new InvalidManifestError(
        `The ${kind} has the field ${shown(key)}, so that it is both an index and a manifest: it is not trusted`,
      );
    }
    // Programs in Go read it, whatever the case.
    if (name !== key && ['config', 'layers', 'manifests'].includes(name)) {
      throw new InvalidManifestError(`The ${kind} has the field ${shown(key)}, which some programs read as ${name}`);
    }
  }
}
