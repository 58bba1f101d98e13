/** How many steps one call of a method takes, by what it was called with and gave. */
type Cost = (call: { self: unknown; first: unknown; second: unknown; result: unknown; lastIndex: number }) => number;

const lengthOf = (value: unknown): number =>
  typeof value === 'string' || Array.isArray(value) || value instanceof Uint8Array ? value.length : 0;
const ofSelf: Cost = ({ self }) => 1 + lengthOf(self);
const ofFirst: Cost = ({ first }) => 1 + lengthOf(first);
const ofResult: Cost = ({ result }) => 1 + lengthOf(result);
/** What was looked through from where it began; a sticky expression looks there and nowhere else. */
const ofMatch: Cost = ({ self, first, result, lastIndex }) => {
  const match = Array.isArray(result) ? (result as unknown as RegExpExecArray) : undefined;
  if (!match && (self as RegExp).sticky) return 1;
  return 1 + (match ? match.index + match[0].length : lengthOf(first)) - lastIndex;
};

/** What was looked through from where it was to begin. */
const ofSearch: Cost = ({ self, second, result }) =>
  1 + ((result as number) < 0 ? lengthOf(self) : (result as number)) - Number(second ?? 0);

/** Methods that loops over untrusted input are made of. */
const costs: readonly (readonly [prototype: object, names: readonly string[], cost: Cost])[] = [
  [Map.prototype, ['get', 'set', 'has', 'delete'], ofFirst],
  [Set.prototype, ['add', 'has', 'delete'], ofFirst],
  // Each element of a loop, a spread, or a destructuring.
  [Object.getPrototypeOf([][Symbol.iterator]()), ['next'], () => 1],
  [Array.prototype, ['find', 'some', 'every', 'filter', 'map', 'flatMap', 'includes', 'indexOf', 'splice'], ofSelf],
  [Array.prototype, ['slice', 'join', 'concat'], ofResult],
  [String.prototype, ['split', 'replace', 'normalize', 'toLowerCase', 'includes'], ofSelf],
  [String.prototype, ['indexOf'], ofSearch],
  [String.prototype, ['startsWith'], ofFirst],
  [String.prototype, ['slice'], ofResult],
  [RegExp.prototype, ['exec'], ofMatch],
  [Object.getPrototypeOf(Uint8Array.prototype), ['set'], ofFirst],
  [Object.getPrototypeOf(Uint8Array.prototype), ['slice'], ofResult],
  [JSON, ['parse'], ofFirst],
];

/**
 * How many steps `work` takes: calls of methods, each with the size of what it goes through. A count, where time would
 * tell how busy the machine is.
 */
export async function stepsOf(work: () => unknown): Promise<number> {
  let steps = 0;
  const undo: (() => void)[] = [];
  for (const [prototype, names, cost] of costs) {
    const methods = prototype as Record<string, (...parameters: unknown[]) => unknown>;
    for (const name of names) {
      const method = methods[name] as (...parameters: unknown[]) => unknown;
      undo.push(() => {
        methods[name] = method;
      });
      methods[name] = function (this: unknown, ...parameters: unknown[]) {
        const lastIndex = this instanceof RegExp && (this.global || this.sticky) ? this.lastIndex : 0;
        const result = Reflect.apply(method, this, parameters);
        steps += cost({ self: this, first: parameters[0], second: parameters[1], result, lastIndex });
        return result;
      };
    }
  }
  try {
    await work();
  } finally {
    for (const restore of undo) restore();
  }
  return steps;
}
