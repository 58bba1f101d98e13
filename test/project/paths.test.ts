import { expect, test } from 'vitest';
import { sourceAliases } from '../../package-sources.mjs';
import { root } from './files.ts';
import { compilerOptions } from './program.ts';

test('paths: the compiler finds the same sources behind the names of package.json as everything else', () => {
  const paths = Object.entries(compilerOptions().paths ?? {}).map(([name, [path = '']]) => [name, path]);
  // The one surface of types is that of browsers; what only Node has comes from its own aliases.
  const node = sourceAliases('node');
  const portable = sourceAliases('browser');
  const expected = node.map((alias) => {
    const { find, replacement } = portable.find((other) => String(other.find) === String(alias.find)) ?? alias;
    return [find.source.slice(1, -1).replaceAll('\\/', '/'), replacement.replace(root, '.')];
  });
  expect(Object.fromEntries(paths)).toEqual(Object.fromEntries(expected));
});
