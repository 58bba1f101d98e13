import * as v from 'valibot';
import { InvalidManifestError, MismatchError, TooLargeError } from '../errors.ts';
import type { Annotations, Index, Manifest } from '../types.ts';
import { isDigest } from './digest.ts';
import { isIndexType, isManifestType, isMediaType } from './media-types.ts';

/** Largest manifest or index that is read, in bytes: 4 MiB, what registries accept (distribution-spec, "Pushing Manifests"). */
export const maxManifestSize: number = 4 * 1024 * 1024;

const size = v.custom<number>((value) => Number.isSafeInteger(value) && (value as number) >= 0, 'not a size');
const mediaType = v.custom<string>((value) => typeof value === 'string' && isMediaType(value), 'not a media type');
const digest = v.custom<string>((value) => typeof value === 'string' && isDigest(value), 'not a digest');
const annotations = v.custom<Annotations>(isAnnotations, 'not texts by their keys');
const text = v.optional(v.string());
const platform = v.looseObject({
  architecture: v.string(),
  os: v.string(),
  'os.version': text,
  'os.features': v.optional(v.array(v.string())),
  variant: text,
});
const descriptor = v.looseObject({
  mediaType,
  digest,
  size,
  urls: v.optional(v.array(v.string())),
  annotations: v.optional(annotations),
  data: text,
  platform: v.optional(platform),
  artifactType: text,
});
const common = {
  schemaVersion: v.custom<2>((value) => value === 2, 'not 2'),
  mediaType: text,
  artifactType: text,
  subject: v.optional(descriptor),
  annotations: v.optional(annotations),
};
const manifestSchema = v.looseObject({ ...common, config: descriptor, layers: v.array(descriptor) });
const indexSchema = v.looseObject({ ...common, manifests: v.array(descriptor) });

function isAnnotations(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((text) => typeof text === 'string');
}

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

/**
 * Reads a manifest or an index from its bytes, loosely: only what the image-spec demands is demanded.
 * `contentType` is what the bytes were said to be, without parameters; `limit` is in bytes, by default 4 MiB.
 *
 * @throws TooLargeError above the limit
 * @throws InvalidManifestError when it is not JSON, breaks the image-spec, or is both index and manifest (CVE-2021-41190)
 * @throws MismatchError when its own `mediaType` is not `contentType` (image-spec, manifest.md, `mediaType`)
 */
export function parseManifest(
  bytes: Uint8Array,
  contentType?: string,
  limit: number = maxManifestSize,
): ParsedManifest {
  const size = bytes.byteLength;
  if (size > limit)
    throw new TooLargeError(`The manifest has ${size} bytes, more than the ${limit} that are read`, limit, size);
  const value = parseObject(bytes);
  const own = value.mediaType;
  if (contentType !== undefined && typeof own === 'string' && own !== contentType) {
    throw new MismatchError(`The manifest calls itself ${own} but came as ${contentType}`, contentType, own);
  }
  if ('manifests' in value && ('layers' in value || 'config' in value)) {
    throw new InvalidManifestError(
      'The manifest is both an index and a manifest, which is ambiguous: it is not trusted',
    );
  }
  const type = typeof own === 'string' ? own : (contentType ?? '');
  if (isIndexType(type) || (!isManifestType(type) && 'manifests' in value)) {
    return { kind: 'index', index: check(indexSchema, value, 'index') as Index };
  }
  return { kind: 'manifest', manifest: check(manifestSchema, value, 'manifest') as Manifest };
}

function parseObject(bytes: Uint8Array): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (cause) {
    throw new InvalidManifestError('The manifest is not JSON in UTF-8', { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidManifestError('The manifest is not a JSON object');
  }
  return value as Record<string, unknown>;
}

function check(schema: typeof manifestSchema | typeof indexSchema, value: unknown, what: string): unknown {
  const result = v.safeParse(schema, value, { abortEarly: true });
  // The value as it was read: a copy has another order, and lacks a key called __proto__.
  if (result.success) return value;
  const [issue] = result.issues;
  const path = v.getDotPath(issue);
  const where = path ? ` at ${path}` : '';
  throw new InvalidManifestError(`The ${what} breaks the image-spec${where}: ${issue.message}`);
}
