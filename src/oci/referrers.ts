import { readJson } from '../json/json.ts';
import { fields, listOf, optional, type Schema, text, usable } from '../json/schema.ts';
import type { Descriptor, Digest, Manifest } from '../types.ts';
import { annotations, digest } from './schemas/descriptor.ts';

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
export function referrerOf(descriptor: Descriptor, references: References): Subject | undefined {
  const { annotations, config, subject } = references;
  if (!subject) return undefined;
  const { mediaType, digest, size } = descriptor;
  const artifactType = references.artifactType || config?.mediaType;
  const own = { ...(annotations && { annotations }), ...(artifactType && { artifactType }) };
  return { digest: subject.digest, referrer: { mediaType, digest, size, ...own } };
}

/** A manifest of any type, as far as it refers to others: whatever else is in it, it is read. */
export interface References extends Pick<Partial<Manifest>, 'annotations' | 'artifactType' | 'config' | 'subject'> {
  /** The layers of an image or artifact. */
  layers?: Descriptor[];
  /** The manifests of an index. */
  manifests?: Descriptor[];
  /** The blobs of an artifact manifest, which has no layers. */
  blobs?: Descriptor[];
}

/** The content a manifest or an index refers to, but for its subject: what must be stored before it. */
export function contentOf({ config, layers = [], manifests = [], blobs = [] }: References): Descriptor[] {
  return [...(config ? [config] : []), ...layers, ...manifests, ...blobs];
}

/** What has a digest: all else of a descriptor does not matter here. */
const named = fields<Pick<Descriptor, 'digest'> & Partial<Pick<Descriptor, 'mediaType'>>>({
  digest,
  mediaType: optional(text),
}) as Schema<Descriptor>;
const list = optional(listOf(usable(named)));
const references: Schema<References> = fields({
  annotations: optional(annotations),
  artifactType: optional(text),
  subject: optional(named),
  config: optional(named),
  layers: list,
  manifests: list,
  blobs: list,
});

/** What the bytes of a manifest of any type and size refer to; nothing when they are no JSON object. */
export function referencesIn(bytes: Uint8Array): References {
  return readJson(bytes, references, { encoding: 'UTF-8 without mark' }).value ?? {};
}
