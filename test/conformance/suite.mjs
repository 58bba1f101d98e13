import { findExecutable } from '../support/executables.mjs';
import { buildGoModule } from '../support/go-module.mjs';

const name = 'oci-distribution-conformance';

/**
 * The official suite as a program.
 *
 * @returns {string | undefined} its path
 */
export function findConformanceSuite() {
  return findExecutable(name);
}

/** Builds the suite. */
export function installConformanceSuite() {
  buildGoModule({
    name,
    module: 'github.com/opencontainers/distribution-spec/conformance',
    // The commit fee21197eb94 of main: the rewritten suite is in no release yet.
    version: 'v0.0.0-20260730175803-fee21197eb94',
    sum: 'h1:iJbOstMHr3jUuu8hKcEkNJWEYnHdHKWQa/xh4xNrP7I=',
    path: '.',
    go: '1.24',
  });
}
