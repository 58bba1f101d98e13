import type { Digest } from '../../types.ts';

/** How long content counts as recent by default, in milliseconds: an hour, longer than most pushes take. */
export const defaultGrace: number = 60 * 60 * 1000;

/** How long it is remembered that content was needed, in milliseconds: a day. */
const longestGrace = 24 * defaultGrace;

/**
 * When content was last stored or looked for by a push of this process, in whatever layout; oldest first. The file of
 * content that was there before a push may be old.
 */
const used = new Map<Digest, number>();
const removals = new Map<Digest, Promise<void>>();

/** Notes that a push needs content now. Waits for a removal of it that has begun. */
export async function markUsed(digest: Digest): Promise<void> {
  used.delete(digest);
  used.set(digest, Date.now());
  for (const [oldest, time] of used) {
    if (time >= Date.now() - longestGrace) break;
    used.delete(oldest);
  }
  await removals.get(digest);
}

/** Tells whether a push of this process needed content in the last `grace` milliseconds. */
export function isUsed(digest: Digest, grace: number): boolean {
  return (used.get(digest) ?? Number.NEGATIVE_INFINITY) > Date.now() - grace;
}

/** Removes content unless it is used; tells whether it did. A push that begins meanwhile waits for it. */
export async function removeUnused(digest: Digest, grace: number, remove: () => Promise<void>): Promise<boolean> {
  if (isUsed(digest, grace)) return false;
  const removal = remove();
  const ended = removal.catch(() => {});
  removals.set(digest, ended);
  try {
    await removal;
  } finally {
    if (removals.get(digest) === ended) removals.delete(digest);
  }
  return true;
}
