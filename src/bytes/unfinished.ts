import { randomHex } from './random.ts';

/** `é` as one character and as two: whether a file system treats both as one name shows if it normalises Unicode. */
const composed = '\u00e9';
const decomposed = 'e\u0301';
/** Reserved names, that no file of a user may have. */
const grammar = new RegExp(`^\\.oras-js-[0-9a-f]{24}(?:${composed}|${decomposed})?\\.(?:tmp|spool)$`);

/**
 * A new name for a file that is being written (`tmp`) or spooled (`spool`): it begins with a dot and cannot be guessed.
 */
export function unfinishedName(kind: 'tmp' | 'spool' = 'tmp'): string {
  return `.oras-js-${randomHex(12)}.${kind}`;
}

/** Tells whether a name is that of an unfinished file: being written now, or left behind by a killed program. */
export function isUnfinished(name: string): boolean {
  return grammar.test(name);
}

/** Three names for one file, to test how a file system compares names. */
export interface ProbeNames {
  /** The name to create the file with; {@link isUnfinished} is true for it. */
  name: string;
  /** The same name in another letter case. */
  otherCase: string;
  /** The same name in another Unicode normalisation form. */
  otherForm: string;
}

/** New names to test a file system with. */
export function probeNames(): ProbeNames {
  const [start, end] = [`.oras-js-${randomHex(12)}`, '.tmp'];
  return {
    name: start + composed + end,
    otherCase: start.toUpperCase() + composed + end,
    otherForm: start + decomposed + end,
  };
}
