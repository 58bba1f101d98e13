// A program of a user of the package: it imports the built package by its name, and runs in Node.
//
//   node e2e/client.mjs pull REFERENCE            writes the files as JSON
//   node e2e/client.mjs pull-into REFERENCE       reads the path of a folder, and writes the files into it
//   node e2e/client.mjs push REFERENCE            reads what to push as JSON: { files, artifactType, annotations }
//   node e2e/client.mjs push-manifest REFERENCE   reads the very bytes of a manifest or an index
import { buffer, text } from 'node:stream/consumers';
import { digestOf, Registry } from 'oras-js';
import { DirectoryStorage } from 'oras-js/node';

const registry = new Registry();

/** @type {Record<string, (reference: string) => Promise<unknown>>} */
const commands = {
  async pull(reference) {
    const { files, manifest } = await registry.pull(reference);
    const contents = await Promise.all(
      files.map(async (file) => ({
        name: file.name,
        mediaType: file.descriptor.mediaType,
        base64: Buffer.from(await (await file.blob()).arrayBuffer()).toString('base64'),
      })),
    );
    return { artifactType: manifest.artifactType, files: contents };
  },

  async 'pull-into'(reference) {
    const { files } = await registry.pull(reference, { to: new DirectoryStorage(await text(process.stdin)) });
    return files.map(({ name }) => name);
  },

  async push(reference) {
    const { files, ...options } = JSON.parse(await text(process.stdin));
    const { descriptor } = await registry.push(reference, files, options);
    return descriptor;
  },

  async 'push-manifest'(reference) {
    const bytes = await buffer(process.stdin);
    const { mediaType } = JSON.parse(bytes.toString());
    const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.byteLength };
    const repository = registry.repository(reference);
    await repository.pushReference(descriptor, new Blob([bytes]), String(repository.reference.tag));
    return descriptor;
  },
};

const [command = '', reference = ''] = process.argv.slice(2);
const run = commands[command];
if (!run) throw new Error(`There is no command ${command}`);
process.stdout.write(JSON.stringify(await run(reference)));
