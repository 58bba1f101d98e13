/**
 * Compares two paths as their entries follow each other in an archive: a directory before all that is in it, the names of a
 * directory in the order of their UTF-8 bytes, and each directory with everything below it before the next name: `a`, `a/b`,
 * `a-b`. For `Array.sort`.
 */
export function compareEntries(a: { readonly path: string }, b: { readonly path: string }): number {
  const [left, right] = [a.path, b.path];
  const shared = Math.min(left.length, right.length);
  for (let i = 0; i < shared; i++) {
    const [x, y] = [left.charCodeAt(i), right.charCodeAt(i)];
    if (x !== y) return rank(x) - rank(y);
  }
  return left.length - right.length;
}

/**
 * The order of UTF-8 bytes is that of code points, in which what UTF-16 writes as surrogates comes after everything else. The
 * end of a name comes before all that names have in them.
 */
function rank(unit: number): number {
  if (unit === 0x2f) return -1;
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
