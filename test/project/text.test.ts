import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { filesBelow, lineAt, root, textOf } from './files.ts';

const folders = ['src', 'test', 'e2e', 'demo', 'docs', 'examples', 'bench', '.ci'];
const topLevel = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isFile());
const files = [
  ...topLevel.map(({ name }) => name),
  ...folders.filter((folder) => existsSync(join(root, folder))).flatMap(filesBelow),
].filter((path) => !/\.(png|ico|gz|tgz|tar|bin)$/.test(path));

function matches(pattern: RegExp, isMeant: (path: string) => boolean = () => true): string[] {
  return files.filter(isMeant).flatMap((path) => {
    const text = textOf(path);
    return [...text.matchAll(pattern)].map((match) => `${path}:${lineAt(text, match.index)} ${match[0]}`);
  });
}

test('text: nothing names a directory of the machine it was written on', () => {
  expect(matches(/(?<![\w.])\/(?:root|home|Users)\/\w+/g)).toEqual([]);
});

test('text: the lock file does not say where packages were downloaded from', () => {
  expect(matches(/"resolved": "http[^"]*"/g, (path) => path === 'package-lock.json')).toEqual([]);
});

test('text: nothing is left for later', () => {
  expect(matches(/\b(?:TO[D]O|FIX[M]E|X[X]X)\b/g)).toEqual([]);
});

test('text: no test is switched off, or the only one', () => {
  // The one place that skips says by name which registry is missing.
  const isMeant = (path: string): boolean => /^(src|test|e2e)\//.test(path) && path !== 'test/support/registries.ts';
  expect(matches(/\b(?:describe|test|it|suite|bench)\.(?:only|skip|todo|fixme)\b/g, isMeant)).toEqual([]);
  // What a platform does not have may be left out there, for no other reason.
  const platform = String.raw`\(process\.platform [!=]== '\w+'\)\(`;
  expect(matches(new RegExp(String.raw`\.(?:skip|run)If(?!${platform}).{0,60}`, 'g'), isMeant)).toEqual([]);
});
