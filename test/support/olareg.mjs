import { findExecutable } from './executables.mjs';
import { buildGoModule } from './go-module.mjs';

const name = 'olareg';

/** @returns {string | undefined} */
export function findOlareg() {
  return findExecutable(name);
}

export function installOlareg() {
  buildGoModule({
    name,
    module: 'github.com/olareg/olareg',
    version: 'v0.1.2',
    sum: 'h1:75G8X6E9FUlzL/CSjgFcYfMgNzlc7CxULpUUNsZBIvI=',
    path: './cmd/olareg',
    go: '1.25',
  });
}
