import { buildManifest, type PackedManifest } from '../../src/actions/push/pack.ts';
import { blobOf } from '../../src/bytes/streams.ts';
import { emptyDescriptor, emptyJson } from '../../src/oci/descriptor.ts';
import type { Target } from '../../src/target/target.ts';
import type { Descriptor } from '../../src/types.ts';
import { descriptorOf } from '../support/content.ts';

/** In what targets differ. */
export interface TargetTraits {
  /** Lists its tags in the order of their characters. */
  sortedTags: boolean;
}

/** One rule every target keeps, tried on an empty one. */
export interface TargetRule {
  name: string;
  run(target: Target, traits: TargetTraits): Promise<void>;
}

/** A blob that is in no target yet. */
export const hello: Descriptor = descriptorOf('hello');
/** A manifest no target has. */
export const missingManifest: Descriptor = buildManifest({ annotations: { nobody: 'stored this' } }).descriptor;

/** Stores a manifest that differs from others by its name, with its blobs. */
export async function pushManifest(target: Target, name: string, tag?: string): Promise<PackedManifest> {
  const packed = buildManifest({ annotations: { name } });
  await target.push(emptyDescriptor, blobOf(emptyJson));
  await target.push(packed.descriptor, blobOf(packed.bytes));
  if (tag !== undefined) await target.tag(packed.descriptor, tag);
  return packed;
}

/** What every target knows of a descriptor; some know more. */
export function core({ mediaType, digest, size }: Descriptor): Descriptor {
  return { mediaType, digest, size };
}

/** What a reference leads to. */
export async function resolved(target: Target, reference: string): Promise<Descriptor> {
  return core(await target.resolve(reference));
}
