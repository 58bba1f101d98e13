import { kindOf } from '../../bytes/kinds.ts';
import { checkOptions, checkTarget } from '../../target/arguments.ts';
import type { ReadOnlyTarget, Target } from '../../target/target.ts';
import { requireReferrers } from './copy.ts';
import type { MirroredTag, MirrorOptions } from './options.ts';

export type { MirroredTag, MirrorOptions, TagFilter } from './options.ts';

/**
 * Copies the tags of a repository to another one, and tells about each when it is done, in the order of the source. A tag
 * that stands for the same digest at both sides costs one HEAD at each, unless referrers are copied, too. Tags that only
 * the target has are left alone. Leaving the loop early aborts what is being copied.
 *
 * @throws CopyError when one of the sides fails; tags that were told about are done
 * @throws UnsupportedError when the source cannot list its tags, or the referrers that are asked for
 * @throws TypeError when an argument has the wrong type
 */
export async function* mirror(
  source: ReadOnlyTarget,
  target: Target,
  options: MirrorOptions = {},
): AsyncGenerator<MirroredTag, void, void> {
  checkTarget(source, 'pull');
  checkTarget(target, 'push');
  checkOptions(options, 'tags');
  const { tags: filter, ...others } = options;
  checkTags(filter);
  requireReferrers(source, options);
  const { mirrorTags } = await import('./copying.ts');
  yield* mirrorTags(source, target, filter, { ...others, signal: options.signal });
}

function checkTags(filter: unknown): void {
  const isTag = (tag: unknown): boolean => typeof tag === 'string' || tag instanceof RegExp;
  if (filter === undefined || typeof filter === 'function' || (Array.isArray(filter) && filter.every(isTag))) return;
  throw new TypeError(`The option tags must be a list of texts and patterns, or a function, not ${kindOf(filter)}`);
}
