import { UnsupportedError } from '../../errors.ts';
import { checkOptions, checkTagArgument, checkTarget } from '../../target/arguments.ts';
import { listening } from '../../target/listening.ts';
import type { ReadOnlyTarget, Target } from '../../target/target.ts';
import type { CopyOptions, CopyResult, GraphOptions } from './options.ts';

export type { CopyHooks, CopyOptions, CopyResult, GraphOptions, RootOptions } from './options.ts';

/**
 * Copies an artifact from one target to another with everything it refers to, byte for byte: an index with its
 * manifests, their configs and layers, and a subject. Content that the target has is not sent again. What is referred to
 * is stored first, and the tag is set last, so a copy that was interrupted goes on where it was. Blobs are streamed;
 * between two repositories of one registry they are mounted.
 *
 * @param reference a tag or a digest at the source
 * @param targetReference the tag at the target. Default: that at the source; a digest sets no tag
 * @throws CopyError when one of the sides fails; see its `side`, `operation`, `descriptor` and `cause`
 * @throws NotFoundError when there is no manifest for a platform
 * @throws UnsupportedError when a platform is given for what is neither an index nor an image, or referrers are asked
 *   for that the source cannot list
 * @throws MismatchError before anything is sent, when the target's reference is the digest of something else
 * @throws InvalidReferenceError before anything is sent, when the tag breaks the grammar of the target's registry
 * @throws TypeError before anything is sent, when an argument has the wrong type
 */
export async function copy(
  source: ReadOnlyTarget,
  reference: string,
  target: Target,
  targetReference?: string,
  options: CopyOptions = {},
): Promise<CopyResult> {
  checkTarget(source, 'pull');
  checkTarget(target, 'push');
  if (typeof reference !== 'string') throw new TypeError('The reference to copy must be a tag or a digest');
  checkTagArgument(targetReference ?? undefined);
  checkOptions(options);
  requireReferrers(source, options);
  return listening(options, async (heard) => {
    const { copyArtifact } = await import('./copying.ts');
    return copyArtifact(source, reference, target, targetReference || undefined, heard);
  });
}

/** Checks that referrers can be copied, if they are asked for.
 *
 * @throws UnsupportedError when the source cannot list them
 */
export function requireReferrers(source: ReadOnlyTarget, { recursive }: GraphOptions): void {
  if (!recursive || source.referrers) return;
  throw new UnsupportedError('The source cannot list referrers: copy without recursive', 'a list of referrers');
}
