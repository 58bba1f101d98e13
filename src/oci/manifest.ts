import * as z from 'zod/mini';
import { InvalidManifestError, MismatchError, TooLargeError } from '../errors.ts';
import type { Annotations, Index, Manifest } from '../types.ts';
import { isDigest } from './digest.ts';
import { isIndexType, isManifestType, isMediaType } from './media-types.ts';

/** Largest manifest or index that is read, in bytes: 4 MiB, what registries accept (distribution-spec, "Pushing Manifests"). */
export const maxManifestSize: number = 4 * 1024 * 1024;

// The ready-made schemas for numbers, literals, records and refined texts would add 2 kB to a page.
const size = z.custom<number>((value) => Number.isSafeInteger(value) && (value as number) >= 0, 'not a size');
const mediaType = z.custom<string>((value) => typeof value === 'string' && isMediaType(value), 'not a media type');
const digest = z.custom<string>((value) => typeof value === 'string' && isDigest(value), 'not a digest');
const annotations = z.custom<Annotations>(isAnnotations, 'not texts by their keys');
const platform = z.looseObject({
  architecture: z.string(),
  os: z.string(),
  'os.version': z.optional(z.string()),
  'os.features': z.optional(z.array(z.string())),
  variant: z.optional(z.string()),
});
const descriptor = z.looseObject({
  mediaType,
  digest,
  size,
  urls: z.optional(z.array(z.string())),
  annotations: z.optional(annotations),
  data: z.optional(z.string()),
  platform: z.optional(platform),
  artifactType: z.optional(z.string()),
});
const common = {
  schemaVersion: z.custom<2>((value) => value === 2, 'not 2'),
  mediaType: z.optional(z.string()),
  artifactType: z.optional(z.string()),
  subject: z.optional(descriptor),
  annotations: z.optional(annotations),
};
const manifestSchema = z.looseObject({ ...common, config: descriptor, layers: z.array(descriptor) });
const indexSchema = z.looseObject({ ...common, manifests: z.array(descriptor) });

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
  const result = schema.safeParse(value);
  // The value as it was read: zod's copy has another order, and lacks a key called __proto__.
  if (result.success) return value;
  const [issue] = result.error.issues;
  const where = issue?.path.length ? ` at ${issue.path.join('.')}` : '';
  throw new InvalidManifestError(`The ${what} breaks the image-spec${where}: ${issue?.message ?? 'invalid'}`, {
    cause: result.error,
  });
}
