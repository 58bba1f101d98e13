import { randomHex } from './random.ts';

/** A letter with an accent as one character, and as two: what a file system makes of it tells how it compares names. */
const composed = '\u00e9';
const decomposed = 'e\u0301';
/** Names that no file of a user may have. What only some letters differ in is no such name. */
const grammar = new RegExp(`^\\.oras-js-[0-9a-f]{24}(?:${composed}|${decomposed})?\\.(?:tmp|spool)$`);

/**
 * A new name for a file that is being written, or for one that is put aside (`spool`): it begins with a dot and cannot be
 * guessed.
 */
export function unfinishedName(kind: 'tmp' | 'spool' = 'tmp'): string {
  return `.oras-js-${randomHex(12)}.${kind}`;
}

/** Tells whether a file of this name is one that is being written, or was left when a program was ended meanwhile. */
export function isUnfinished(name: string): boolean {
  return grammar.test(name);
}

/** Names for one file, for finding out which of them mean the same to a file system. */
export interface ProbeNames {
  /** The name to make the file with; {@link isUnfinished} is true for it. */
  name: string;
  /** The same name with other capitals. */
  otherCase: string;
  /** The same name in another Unicode normalisation form. */
  otherForm: string;
}

/** New names to try a file system with. */
export function probeNames(): ProbeNames {
  const [start, end] = [`.oras-js-${randomHex(12)}`, '.tmp'];
  return {
    name: start + composed + end,
    otherCase: start.toUpperCase() + composed + end,
    otherForm: start + decomposed + end,
  };
}
