/**
 * The first steps with a registry: push, inspect, pull. It runs as it is, in a directory with a README.md, and needs no
 * registry: one runs in its memory.
 */
// #region readme
import { isOrasError, Registry } from 'oras-js';
import { DirectoryStorage } from 'oras-js/node';
import { createRegistryServer } from 'oras-js/server';

// A registry in the memory of this program. Without `fetch`, requests go to the registry at localhost:5000.
const registry = new Registry({ host: 'localhost:5000', fetch: createRegistryServer() });

// Push files, from disk and from memory. The same files always get the same digest.
const pushed = await registry.push(
  'org/hello:v1',
  ['README.md', { name: 'hello.txt', content: 'hi\n', mediaType: 'text/plain' }],
  { artifactType: 'application/vnd.example.hello' },
);
console.log(`${pushed.reference} is ${pushed.descriptor.digest}`);

// Inspect it.
const found = await registry.inspect('org/hello:v1');
if (found.kind === 'manifest') for (const layer of found.manifest.layers) console.log(layer.mediaType, layer.size);
for await (const tag of registry.tags('org/hello')) console.log(tag);

// Pull it into a directory. Without `to`, each file is fetched when you read it. Both verify every byte.
await registry.pull('org/hello:v1', { to: new DirectoryStorage('pulled') });
const { files } = await registry.pull('org/hello:v1');
for (const file of files) console.log(file.name, (await file.blob()).size);

// Errors have classes and stable codes.
try {
  await registry.inspect('org/hello:v2');
} catch (error) {
  if (!isOrasError(error, 'NOT_FOUND')) throw error;
  console.log(`There is no ${error.reference}`);
}
// #endregion
