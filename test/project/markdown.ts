import { existsSync } from 'node:fs';
import { join, posix } from 'node:path';
import { filesBelow, lineAt, root, textOf } from './files.ts';

/** A fenced block of code. */
export interface CodeBlock {
  /** The file it is in. */
  path: string;
  /** Line of its first line of code, from 1. */
  line: number;
  code: string;
  /** The file that a comment before the block names as its origin. */
  example: string | undefined;
}

/** The TypeScript blocks of a text. */
export function codeBlocks(path: string, text: string): CodeBlock[] {
  const fence = /(?:^[ \t]*<!-- example: (\S+) -->\s*)?^([ \t]*)```ts[^\n]*\n(.*?)^[ \t]*```[ \t]*$/gms;
  return [...text.matchAll(fence)].map((match) => {
    const [whole, example, indent = '', code = ''] = match;
    const start = match.index + whole.indexOf(code, whole.indexOf('```ts'));
    return { path, line: lineAt(text, start), code: code.replaceAll(new RegExp(`^${indent}`, 'gm'), ''), example };
  });
}

/** What people read: the README, how to contribute, and the documents. */
export function documents(): string[] {
  return ['README.md', 'CONTRIBUTING.md', ...(existsSync(join(root, 'docs')) ? filesBelow('docs') : [])].filter(
    (path) => path.endsWith('.md'),
  );
}

/** The TypeScript blocks of all documents. */
export function documentBlocks(): CodeBlock[] {
  return documents().flatMap((path) => codeBlocks(path, textOf(path)));
}

/** The links of a document to files of the project, as paths from the project's folder, without what is in the file. */
export function linkedFiles(path: string): string[] {
  return [...textOf(path).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target.replace(/#.*/, ''))
    .filter((target) => target !== '' && !/^[a-z]+:/.test(target))
    .map((target) => posix.join(posix.dirname(path), target));
}

/** The source files and tests that a document names in its text, as it writes them: from the project's folder or from `src/`. */
export function namedFiles(path: string): string[] {
  return [...textOf(path).matchAll(/`((?:[\w.-]+\/)+[\w.-]+\.ts)`/g)].map(([, name = '']) => name);
}
