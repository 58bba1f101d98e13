import { buildGoProgram, findGoProgram } from './go-module.mjs';

const olareg = {
  name: 'olareg',
  module: 'github.com/olareg/olareg',
  path: './cmd/olareg',
  go: '1.24',
  versions: [{ version: 'v0.1.2', sum: 'h1:75G8X6E9FUlzL/CSjgFcYfMgNzlc7CxULpUUNsZBIvI=' }],
};

/** @returns {string | undefined} */
export function findOlareg() {
  return findGoProgram(olareg)?.path;
}

export function installOlareg() {
  buildGoProgram(olareg);
}
