import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { manifest } from '../../package-sources.mjs';
import { root } from './files.ts';

const paths = readdirSync(join(root, 'dist'), { recursive: true, encoding: 'utf8' }).filter((path) =>
  path.endsWith('.d.ts'),
);
const declarations = paths.map((path) => readFileSync(join(root, 'dist', path), 'utf8'));

test('declarations: they are there, and name no library that schemas are made with', () => {
  expect(paths, 'dist has no declarations: run `npm run build` first').toContain('index.d.ts');
  expect(declarations.filter((text) => /\bzod\b/i.test(text))).toEqual([]);
});

test('declarations: they import nothing that whoever installs the package does not get', () => {
  const allowed = [manifest.name, 'node:', './', '../', ...Object.keys(manifest.dependencies)];
  const imported = declarations.flatMap((text) => {
    const code = text.replace(/\/\*[\s\S]*?\*\//g, '');
    const found = code.matchAll(/(?:from|import\(|import|require\()\s*['"]([^'"]+)['"]/g);
    return Array.from(found, ([, specifier = '']) => specifier);
  });
  expect(imported.length).toBeGreaterThan(0);
  expect(imported.filter((specifier) => !allowed.some((name) => specifier.startsWith(name)))).toEqual([]);
});
