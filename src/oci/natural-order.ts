/** A name, split into its numbers and the text between them. */
interface Key {
  name: string;
  parts: string[];
}

/** Sorts names as people read them: `v2` before `v10`. Numbers count by value; other characters by their code. */
export function inNaturalOrder(names: readonly string[]): string[] {
  const keys = names.map((name): Key => ({ name, parts: name.match(/\d+|\D+/g) ?? [] }));
  return keys.sort(compare).map(({ name }) => name);
}

function compare(a: Key, b: Key): number {
  const shared = Math.min(a.parts.length, b.parts.length);
  for (let i = 0; i < shared; i++) {
    const order = compareParts(a.parts[i] ?? '', b.parts[i] ?? '');
    if (order !== 0) return order;
  }
  // Equal but for zeros before a number, or one begins like the other.
  return a.parts.length - b.parts.length || byCode(a.name, b.name);
}

function compareParts(a: string, b: string): number {
  const [x, y] = [digitsOf(a), digitsOf(b)];
  if (x === undefined || y === undefined) return byCode(a, b);
  // Not by Number: a tag may have more digits than it can hold.
  return x.length - y.length || byCode(x, y);
}

function digitsOf(part: string): string | undefined {
  return /^\d/.test(part) ? part.replace(/^0+(?=\d)/, '') : undefined;
}

function byCode(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
