import { buildGoProgram, findGoProgram } from './go-module.mjs';

const regctl = {
  name: 'regctl',
  module: 'github.com/regclient/regclient',
  path: './cmd/regctl',
  go: '1.23',
  versions: [
    { version: 'v0.11.3', sum: 'h1:aTnVRsgFaOmezgKp7caL3zINrZKAXsMbzS1oCgD7/cA=' },
    { version: 'v0.9.2', sum: 'h1:5mJYY3NSV7xtBCv+Me3mbfcNJg9u7nrNt/Z6Od7QjVM=' },
    { version: 'v0.8.3', sum: 'h1:AFAPu/vmOYGyY22AIgzdBUKbzH+83lEpRioRYJ/reCs=' },
  ],
};

/** @returns {string | undefined} */
export function findRegctl() {
  return findGoProgram(regctl)?.path;
}

export function installRegctl() {
  buildGoProgram(regctl);
}
