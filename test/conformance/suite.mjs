import { buildGoProgram, findGoProgram } from '../support/go-module.mjs';

/**
 * The least number of checks that must pass, by the version of the specification and whether a manifest may name what
 * is not there (sparse); undefined where it was never measured.
 *
 * @typedef {{ '1.1': number, dev: number, devNotSparse: number | undefined }} Passes
 */

// Commits of main: the rewritten suite is in no release yet.
const newest = {
  version: 'v0.0.0-20260831232431-97274622c111',
  sum: 'h1:ppZPU0CrEPzyJhVggYwUIZrqh0w2lIT0esw+9ABNPA4=',
  passes: { 1.1: 906, dev: 1032, devNotSparse: 986 },
};
const older = {
  version: 'v0.0.0-20260730175803-fee21197eb94',
  sum: 'h1:iJbOstMHr3jUuu8hKcEkNJWEYnHdHKWQa/xh4xNrP7I=',
  passes: { 1.1: 906, dev: 1032, devNotSparse: undefined },
};

const suite = {
  name: 'oci-distribution-conformance',
  module: 'github.com/opencontainers/distribution-spec/conformance',
  path: '.',
  go: '1.24',
  versions: [newest, older],
};

/**
 * The official suite as a program. One whose version is not known has to pass as much as the newest that is.
 *
 * @returns {{ path: string, version: string | undefined, passes: Passes } | undefined}
 */
export function findConformanceSuite() {
  const found = findGoProgram(suite);
  if (!found) return undefined;
  const { passes } = suite.versions.find(({ version }) => version === found.version) ?? newest;
  return { ...found, passes };
}

/** Builds the suite. */
export function installConformanceSuite() {
  buildGoProgram(suite);
}
