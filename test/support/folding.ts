import type { StorageAdapter } from 'oras-js';

/** Four names that differ in a capital, in the form of an accent, or in both. */
const names = ['A\u00e9', 'a\u00e9', 'Ae\u0301', 'ae\u0301'];

/** Which of the four names are one for a storage: each with the number of the first that has its key. */
export async function keysIn(storage: Required<Pick<StorageAdapter, 'pathKey'>>): Promise<number[]> {
  const keys: string[] = [];
  for (const name of names) keys.push(await storage.pathKey(name));
  return keys.map((key) => keys.indexOf(key));
}

/** Ways to compare names: in words, as what names are one that give the same, and what that means for the four. */
export const foldings = [
  ['tells all names apart', (name: string) => name, [0, 1, 2, 3]],
  ['folds capitals', (name: string) => name.toLowerCase(), [0, 0, 2, 2]],
  ['normalises', (name: string) => name.normalize('NFD'), [0, 1, 0, 1]],
  ['does both', (name: string) => name.normalize('NFC').toLowerCase(), [0, 0, 0, 0]],
] as const;
