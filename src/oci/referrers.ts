import { readJson } from '../json/json.ts';
import { fields, listOf, optional, type Schema, text, usable } from '../json/schema.ts';
import type { Descriptor, Digest, Manifest } from '../types.ts';
import { annotations, digest } from './schemas/descriptor.ts';

/**
 * The tag that lists the referrers of a manifest when a registry has no referrers API: the digest, with `-` for each
 * character that tags cannot have, and both parts truncated (distribution-spec, "Referrers Tag Schema").
 */
export function referrersTag(digest: Digest): string {
  const colon = digest.indexOf(':');
  const part = (text: string, most: number): string => text.slice(0, most).replace(/[^A-Za-z0-9._-]/g, '-');
  return `${part(digest.slice(0, colon), 32)}-${part(digest.slice(colon + 1), 64)}`;
}

/** The subject of a manifest, and the manifest's entry in the subject's list of referrers. */
export interface Subject {
  /** Digest of the subject. */
  digest: Digest;
  /** The manifest's descriptor in the list: with its artifact type and all its annotations. */
  referrer: Descriptor;
}

/**
 * The entry of a manifest or an index in its subject's list of referrers; undefined without a subject. Its artifact
 * type is `artifactType`, or else the media type of the config (distribution-spec, "Pushing Manifests with Subject").
 */
export function referrerOf(descriptor: Descriptor, references: References): Subject | undefined {
  const { annotations, config, subject } = references;
  if (!subject) return undefined;
  const { mediaType, digest, size } = descriptor;
  const artifactType = references.artifactType || config?.mediaType;
  const own = { ...(annotations && { annotations }), ...(artifactType && { artifactType }) };
  return { digest: subject.digest, referrer: { mediaType, digest, size, ...own } };
}

/** The references in a manifest of any type; all other fields, valid or not, are ignored. */
export interface References extends Pick<Partial<Manifest>, 'annotations' | 'artifactType' | 'config' | 'subject'> {
  /** The layers of an image or artifact. */
  layers?: Descriptor[];
  /** The manifests of an index. */
  manifests?: Descriptor[];
  /** The blobs of an artifact manifest (a retired type that has `blobs` instead of `layers`). */
  blobs?: Descriptor[];
}

/** The content a manifest or an index refers to, without its subject: it must be stored before the manifest. */
export function contentOf({ config, layers = [], manifests = [], blobs = [] }: References): Descriptor[] {
  return [...(config ? [config] : []), ...layers, ...manifests, ...blobs];
}

/** A descriptor of which only the digest is required; a missing media type is an empty string. */
const named = fields<Pick<Descriptor, 'digest' | 'mediaType'>>({
  digest,
  mediaType: usable(text, ''),
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

/** Reads the references from the bytes of a manifest of any type and size; empty when they are not a JSON object. */
export function referencesIn(bytes: Uint8Array): References {
  return readJson(bytes, references, { encoding: 'UTF-8 without mark' }).value ?? {};
}
