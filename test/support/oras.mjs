import { findExecutable } from './executables.mjs';
import { buildGoModule } from './go-module.mjs';

const name = 'oras';

/** @returns {string | undefined} */
export function findOras() {
  return findExecutable(name);
}

/** Only benchmarks need it. `go install` would ask for the list of its versions, which not every module proxy has. */
export function installOras() {
  buildGoModule({
    name,
    module: 'oras.land/oras',
    version: 'v1.2.3',
    sum: 'h1:rX4fPzUp0dE1PnQoJQKzjqHYf/QGkNJlrh2g0URV7o8=',
    path: './cmd/oras',
    go: '1.24',
  });
}
