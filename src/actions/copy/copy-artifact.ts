import { defaultConcurrency } from '../../concurrency.ts';
import { MismatchError } from '../../errors.ts';
import { isVerifiable } from '../../oci/digest.ts';
import { checkTag } from '../../oci/reference.ts';
import type { ReadOnlyTarget, Target } from '../../target/target.ts';
import { CopyGraph } from './copy-graph.ts';
import { findRoot, type Root } from './copy-root.ts';
import type { CopyOptions, CopyResult } from './options.ts';
import { sourceSide } from './sides.ts';
import { Slots } from './slots.ts';

/** Copies an artifact; the arguments were checked. */
export async function copyArtifact(
  source: ReadOnlyTarget,
  reference: string,
  target: Target,
  targetReference: string | undefined,
  options: CopyOptions,
): Promise<CopyResult> {
  const { concurrency = defaultConcurrency } = options;
  const wanted = targetReference ?? reference;
  // A layout takes any text as a tag.
  if (target.reference && !isVerifiable(wanted)) checkTag(wanted);
  const root = await findRoot(sourceSide(source), reference, options);
  const tag = tagFor(root, reference, targetReference);
  return new CopyGraph(source, target, new Slots(concurrency), options).run(root, tag);
}

/** The tag to set; undefined when the reference is a digest.
 *
 * @throws MismatchError when the target's reference is the digest of something else
 */
function tagFor({ descriptor }: Root, reference: string, wanted: string | undefined): string | undefined {
  const given = wanted ?? reference;
  if (!isVerifiable(given)) return given;
  if (wanted === undefined || wanted === descriptor.digest) return undefined;
  throw new MismatchError(`The copy has the digest ${descriptor.digest}, and not ${wanted}`, wanted, descriptor.digest);
}
