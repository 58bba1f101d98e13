import type { Descriptor, Digest } from '../types.ts';
import { type ManifestFields, parseFields } from './manifest.ts';

/**
 * The tag that lists the referrers of a manifest where a registry has no referrers API: the digest with `-` for what no
 * tag can have, both of its parts cut (distribution-spec, "Referrers Tag Schema").
 */
export function referrersTag(digest: Digest): string {
  const colon = digest.indexOf(':');
  const part = (text: string, most: number): string => text.slice(0, most).replace(/[^A-Za-z0-9._-]/g, '-');
  return `${part(digest.slice(0, colon), 32)}-${part(digest.slice(colon + 1), 64)}`;
}

/** What a manifest refers to, and how it is listed there. */
export interface Subject {
  /** Digest of what it refers to. */
  digest: Digest;
  /** The descriptor that is listed: with the artifact type and all annotations of the manifest. */
  referrer: Descriptor;
}

/**
 * How a manifest or an index is listed as a referrer of its subject, if it has one: with its `artifactType`, or else the
 * type of its config (distribution-spec, "Pushing Manifests with Subject").
 */
export function referrerOf(descriptor: Descriptor, fields: ManifestFields): Subject | undefined {
  const { annotations, config, subject } = fields;
  if (!subject) return undefined;
  const { mediaType, digest, size } = descriptor;
  const artifactType = fields.artifactType || config?.mediaType;
  const own = { ...(annotations && { annotations }), ...(artifactType && { artifactType }) };
  return { digest: subject.digest, referrer: { mediaType, digest, size, ...own } };
}

/** The content a manifest or an index refers to, but for its subject: what must be stored before it. */
export function contentOf({ config, layers = [], manifests = [] }: ManifestFields): Descriptor[] {
  return [...(config ? [config] : []), ...layers, ...manifests];
}

/** The known fields of a manifest of any type; none when it cannot be read. */
export function fieldsIn(bytes: Uint8Array): ManifestFields {
  try {
    return parseFields(bytes);
  } catch {
    return {};
  }
}
