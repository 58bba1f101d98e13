import type { Annotations, Descriptor, Digest } from '../types.ts';
import { isDigest } from './digest.ts';

/**
 * The tag that lists the referrers of a manifest where a registry has no referrers API: the digest with `-` for what no
 * tag can have, both of its parts cut (distribution-spec, "Referrers Tag Schema").
 */
export function referrersTag(digest: Digest): string {
  const colon = digest.indexOf(':');
  const part = (text: string, most: number): string => text.slice(0, most).replace(/[^A-Za-z0-9._-]/g, '-');
  return `${part(digest.slice(0, colon), 32)}-${part(digest.slice(colon + 1), 64)}`;
}

/** A manifest with a subject, as it is listed among those of the subject. */
export interface Referrer {
  /** Digest of the subject. */
  subject: Digest;
  /** Its descriptor, with its artifact type and its annotations. */
  entry: Descriptor;
}

/**
 * What a manifest or an index of any type is listed as when it has a subject: with its `artifactType`, or else the type
 * of its config, and all its annotations (distribution-spec, "Pushing Manifests with Subject"). Undefined without one.
 */
export function referrerIn({ mediaType, digest, size }: Descriptor, bytes: Uint8Array): Referrer | undefined {
  const { annotations, artifactType, config, subject } = fieldsOf(bytes);
  const { digest: of } = objectOf(subject);
  if (typeof of !== 'string' || !isDigest(of)) return undefined;
  const type = textOf(artifactType) || textOf(objectOf(config).mediaType);
  const texts = Object.entries(objectOf(annotations)).filter(
    (entry): entry is [string, string] => textOf(entry[1]) === entry[1],
  );
  const all: Annotations = Object.fromEntries(texts.sort(([a], [b]) => (a < b ? -1 : 1)));
  const entry = {
    mediaType,
    digest,
    size,
    ...(texts.length > 0 && { annotations: all }),
    ...(type && { artifactType: type }),
  };
  return { subject: of, entry };
}

/** The content a manifest or an index of any type refers to, but for its subject: what must be stored before it. */
export function contentIn(bytes: Uint8Array): Descriptor[] {
  const { blobs, config, layers, manifests } = fieldsOf(bytes);
  const all = [config, ...[layers, manifests, blobs].flatMap((list) => (Array.isArray(list) ? list : []))];
  return all.filter((value): value is Descriptor => typeof objectOf(value).digest === 'string');
}

/** A manifest of any type, nothing of it checked; empty when it is no JSON object. */
function fieldsOf(bytes: Uint8Array): Record<string, unknown> {
  try {
    return objectOf(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    return {};
  }
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
