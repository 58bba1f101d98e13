import { join } from 'node:path';
import { type Measured, measure } from './measure.ts';
import { type Program, referenceOf } from './program.ts';

/** This package in Node. */
export const orasJs: Program = {
  name: 'oras-js',
  note: `this package, in Node ${process.version}`,
  push: ({ folder, files }, place) =>
    transfer(['push', referenceOf(place), ...files.map(({ name }) => name)], { cwd: folder }),
  pull: (_, place, folder) => transfer(['pull', referenceOf(place), folder]),
};

/** Runs `transfer.ts`. */
export function transfer(args: string[], options?: { cwd: string }): Promise<Measured> {
  return measure(process.execPath, [join(import.meta.dirname, 'transfer.js'), ...args], options);
}
