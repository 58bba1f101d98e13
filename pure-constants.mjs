// Lets the bundlers of users leave out the constants of a built file whose functions they leave out.

/** @typedef {{ type: string, start: number, end: number, [field: string]: any }} Node */

const plain = ['Literal', 'Identifier', 'FunctionExpression', 'ArrowFunctionExpression', 'ClassExpression'];

/**
 * Tells whether a bundler sees for itself that nothing happens when a value is computed.
 *
 * @param {Node} node
 * @returns {boolean}
 */
function isPlain(node) {
  if (node.type === 'ArrayExpression') return node.elements.every(isPlain);
  if (node.type === 'ObjectExpression')
    return node.properties.every(
      (/** @type {Node} */ { type, computed, value }) => type === 'Property' && !computed && isPlain(value),
    );
  return plain.includes(node.type) || (node.type === 'TemplateLiteral' && node.expressions.length === 0);
}

/**
 * No constant of this package does anything but be computed, which a bundler cannot see of a call, of a sum, or of a field
 * of another constant. A function that is called there, and marked, says so of all of them.
 *
 * @type {import('rollup').Plugin}
 */
export const pureConstants = {
  name: 'pure-constants',
  renderChunk(code) {
    const statements = /** @type {Node[]} */ (this.parse(code).body);
    const values = statements
      .map((statement) => (statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement))
      .filter((statement) => statement?.type === 'VariableDeclaration' && statement.kind === 'const')
      .flatMap(({ declarations }) => declarations)
      .filter(({ id, init }) => id.type === 'Identifier' && !isPlain(init))
      .map(({ init }) => init)
      .filter(({ start }) => !/@__PURE__ \*\/ ?$/.test(code.slice(start - 16, start)));
    let end = code.length;
    let marked = '';
    for (const { start, end: after } of values.reverse()) {
      marked = `/* @__PURE__ */ (() => (${code.slice(start, after)}))()${code.slice(after, end)}${marked}`;
      end = start;
    }
    return { code: code.slice(0, end) + marked, map: null };
  },
};
