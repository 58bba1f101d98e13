import type { AbortOptions } from '../../options.ts';
import { checkOptions, checkReference, checkTarget } from '../../target/arguments.ts';
import type { Target } from '../../target/target.ts';
import type { Descriptor, Platform } from '../../types.ts';
import { inspect } from '../inspect.ts';
import type { FileInputs } from '../push/file-input.ts';
import type { PackedManifest } from '../push/pack.ts';
import { type PushOptions, push } from '../push/push.ts';

/** What an attached artifact must say of itself. */
export interface AttachedArtifact {
  /** Type of the attached artifact, by which it is found: `application/spdx+json`. */
  artifactType: string;
  /** Platform of the manifest to attach to, if the reference is an index. Default: none, the index itself. */
  platform?: Platform | string | undefined;
}

/** Options of {@link attach}. */
export interface AttachOptions extends Omit<PushOptions, 'subject' | 'artifactType'>, AttachedArtifact {}

/**
 * Pushes files as an artifact that refers to a manifest, its subject: an SBOM, a signature, a report. It has no tag, and
 * is found by {@link discover}.
 *
 * @throws NotFoundError before anything is sent, when there is no such tag or digest; a descriptor is not looked for
 * @throws TypeError before anything is sent, when there is no artifact type, or an argument has the wrong type
 * @throws ReferrersError when it is stored, but cannot be listed as a referrer of its subject
 * @throws OrasError as {@link push}
 */
export async function attach(
  target: Target,
  reference: string | Descriptor,
  files: FileInputs,
  options: AttachOptions,
): Promise<PackedManifest> {
  checkTarget(target, 'push');
  checkReference(reference);
  checkOptions(options);
  const { platform, artifactType, signal } = options;
  if (typeof artifactType !== 'string' || artifactType === '') {
    throw new TypeError('What is attached needs an "artifactType": it is found by it');
  }
  const subject = await subjectOf(target, reference, platform, { signal });
  return push(target, undefined, files, { ...options, signal, subject });
}

async function subjectOf(
  target: Target,
  reference: string | Descriptor,
  platform: Platform | string | undefined,
  options: AbortOptions,
): Promise<Descriptor> {
  if (platform !== undefined) return (await inspect(target, reference, { ...options, platform })).descriptor;
  return typeof reference === 'string' ? target.resolve(reference, options) : reference;
}
