import { test } from 'vitest';
import type { Target } from '../../src/target/target.ts';
import { abortRules } from './target-aborts.ts';
import { blobRules } from './target-blobs.ts';
import { manifestRules } from './target-manifests.ts';
import type { TargetTraits } from './target-rule.ts';

/** Tries every rule of a target on one of its own, which must be empty. */
export function testTarget(traits: TargetTraits, emptyTarget: () => Target | Promise<Target>): void {
  for (const { name, run } of [...blobRules, ...manifestRules, ...abortRules]) {
    test(name, async () => {
      await run(await emptyTarget(), traits);
    });
  }
}
