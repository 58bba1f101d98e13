import { buildGoProgram, findGoProgram } from './go-module.mjs';

const notation = {
  name: 'notation',
  module: 'github.com/notaryproject/notation',
  path: './cmd/notation',
  go: '1.23',
  versions: [{ version: 'v1.3.2', sum: 'h1:roSxDRZ+w8kIgxoxruhHpSVtVFwpfq2piuaMvOrPaco=' }],
};

/** @returns {string | undefined} */
export function findNotation() {
  return findGoProgram(notation)?.path;
}

export function installNotation() {
  buildGoProgram(notation);
}

/** Takes what is signed with the certificate `sample`, wherever it is. */
export const trustPolicy = {
  version: '1.0',
  trustPolicies: [
    {
      name: 'everything',
      registryScopes: ['*'],
      signatureVerification: { level: 'strict' },
      trustStores: ['ca:sample'],
      trustedIdentities: ['*'],
    },
  ],
};
