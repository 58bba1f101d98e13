import { isOrasError } from '../errors.ts';
import type { TransferOptions } from '../options.ts';
import type { Descriptor } from '../types.ts';
import type { Target } from './target.ts';

/**
 * Stores a manifest, and sets its tags; without tags, it is stored under its digest only. It uses as few requests as the
 * target allows. The tags are valid, and each is there once.
 *
 * @throws ReferrersError when it is stored with all its tags, but cannot be listed as a referrer of its subject
 */
export async function pushWithTags(
  target: Target,
  descriptor: Descriptor,
  content: Blob,
  tags: readonly string[],
  options: TransferOptions = {},
): Promise<void> {
  if (target.pushTagged && tags.length > 1) return target.pushTagged(descriptor, content, tags, options);
  // Under a tag, a registry computes the digest itself, with sha256.
  const isOfTags = target.pushReference !== undefined && descriptor.digest.startsWith('sha256:');
  const first = isOfTags ? tags[0] : undefined;
  const storing =
    first === undefined
      ? target.push(descriptor, content, options)
      : target.pushReference?.(descriptor, content, first, options);
  let unlisted: unknown;
  await storing?.catch((error: unknown) => {
    // The manifest is stored, so it still gets its tags.
    if (!isOrasError(error, 'REFERRERS')) throw error;
    unlisted = error;
  });
  for (const tag of tags) if (tag !== first) await target.tag(descriptor, tag, options);
  if (unlisted) throw unlisted;
}
