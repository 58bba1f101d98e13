import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { manifest } from '../../package-sources.mjs';
import { root, textOf } from './files.ts';
import { documentBlocks, documents, linkedFiles, namedFiles } from './markdown.ts';

const copies = documentBlocks().filter(({ example }) => example !== undefined);

test('documents: the README shows code of the examples', () => {
  expect(copies.filter(({ path }) => path === 'README.md')).not.toEqual([]);
});

test.for(copies)('documents: the block at $path:$line is what $example says', ({ example = '', code }) => {
  expect(existsSync(join(root, example)), `${example} exists`).toBe(true);
  expect(code.trimEnd()).toBe(regionOf(textOf(example)));
});

test.for(documents())('documents: what %s links to is there, and in the package', (path) => {
  // npm packs these whatever `files` says.
  const packed = [...manifest.files, 'README.md', 'LICENSE', 'package.json'];
  const isPacked = (file: string): boolean => packed.some((entry) => file === entry || file.startsWith(`${entry}/`));
  expect(linkedFiles(path).filter((file) => !existsSync(join(root, file)) || !isPacked(file))).toEqual([]);
});

test.for(documents())('documents: the files that %s names are there', (path) => {
  const isThere = (name: string): boolean => ['', 'src'].some((folder) => existsSync(join(root, folder, name)));
  expect(namedFiles(path).filter((name) => !isThere(name))).toEqual([]);
});

/** The text between `// #region readme` and `// #endregion`, without the indentation that its lines share. */
function regionOf(text: string): string {
  const region = /^[ \t]*\/\/ #region readme[ \t]*\n(.*?)^[ \t]*\/\/ #endregion/ms.exec(text)?.[1] ?? '';
  const lines = region.trimEnd().split('\n');
  const indents = lines.filter((line) => line.trim() !== '').map((line) => /^[ \t]*/.exec(line)![0].length);
  return lines.map((line) => line.slice(Math.min(...indents))).join('\n');
}
