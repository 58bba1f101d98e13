import { buildGoProgram, findGoProgram } from './go-module.mjs';

const oras = {
  name: 'oras',
  module: 'oras.land/oras',
  path: './cmd/oras',
  go: '1.24',
  versions: [
    { version: 'v1.3.6', sum: 'h1:Lhsfr2tQLjsu/+CJZp6vYatwKT+62fbIUTlp4lUrfOA=' },
    { version: 'v1.2.3', sum: 'h1:rX4fPzUp0dE1PnQoJQKzjqHYf/QGkNJlrh2g0URV7o8=' },
  ],
};

/** @returns {string | undefined} */
export function findOras() {
  return findGoProgram(oras)?.path;
}

export function installOras() {
  buildGoProgram(oras);
}
