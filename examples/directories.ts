/**
 * A directory to a registry and back: one layer, the same bytes in every runtime. It runs as it is, in a directory that has
 * a directory `site`, and needs no registry: one runs in its memory.
 */
// #region readme
import { isOrasError, Registry } from 'oras-js';
import { createRegistryServer } from 'oras-js/server';

const registry = new Registry({ host: 'localhost:5000', fetch: createRegistryServer() });

// One layer, which `oras pull` unpacks, too. The same files always get the same digest.
const { manifest } = await registry.push('org/site:v1', ['site'], {
  artifactType: 'application/vnd.example.site',
  filter: ({ path }) => path !== 'drafts',
});
console.log(manifest.layers[0]?.digest);

// Unpack it into a directory: `out/site`. All of it is verified before anything is changed there.
try {
  const { files, omitted } = await registry.pull('org/site:v1', { to: 'out' });
  for (const { name, directory } of files) console.log(name, directory ? 'is a directory' : 'is a file');
  for (const { path, what } of omitted) console.log(`${path}: ${what} is not supported here`);
} catch (error) {
  // An archive that leads outside, is damaged, or is larger than `limits` allow; or a file that was changed here.
  if (!isOrasError(error, 'UNSAFE_PATH', 'INVALID_ARCHIVE', 'TOO_LARGE', 'EXISTS')) throw error;
  console.log(error.message);
}
// #endregion
