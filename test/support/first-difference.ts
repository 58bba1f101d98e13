/** Where bytes differ, or one of them ends; undefined when they are the same. Millions of them take Vitest minutes. */
export function firstDifference(actual: Uint8Array, expected: Uint8Array): number | undefined {
  const shared = Math.min(actual.length, expected.length);
  for (let i = 0; i < shared; i++) if (actual[i] !== expected[i]) return i;
  return actual.length === expected.length ? undefined : shared;
}
