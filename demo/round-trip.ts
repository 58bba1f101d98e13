import { type Descriptor, type FileInput, Registry } from 'oras-js';

const artifactType = 'application/vnd.example.sample';

const sample = [
  { name: 'hello.txt', mediaType: 'text/plain', content: 'Hello from a registry.\n' },
  {
    name: 'README.md',
    mediaType: 'text/markdown',
    content: '# Sample\n\nThree files that were pushed with oras-js, as one artifact.\n',
  },
  {
    name: 'data/planets.json',
    mediaType: 'application/json',
    content: `${JSON.stringify([{ name: 'Mercury' }, { name: 'Venus' }, { name: 'Earth', moons: ['Moon'] }], null, 2)}\n`,
  },
] satisfies FileInput[];

/**
 * Pushes a sample artifact, inspects it, pulls it back, and compares the bytes. `say` is told of each step.
 *
 * @throws Error when what comes back is not what was sent
 */
export async function roundTrip(reference: string, say: (line: string) => void): Promise<void> {
  const registry = new Registry();
  const { descriptor } = await registry.push(reference, sample, {
    artifactType,
    annotations: { 'org.opencontainers.image.description': 'Three small files to look at' },
  });
  say(`Pushed    ${reference}`);
  say(`          ${descriptor.digest}`);

  const found = await registry.inspect(reference);
  if (found.kind !== 'manifest') throw new Error(`${reference} is an index, not a manifest`);
  expectEqual('digest', found.descriptor.digest, descriptor.digest);
  expectEqual('artifact type', found.manifest.artifactType, artifactType);
  say(`Inspected ${artifactType}, ${found.manifest.layers.length} layers`);
  for (const layer of found.manifest.layers) say(`          ${describeLayer(layer)}`);

  const { files } = await registry.pull(reference);
  expectEqual('number of files', files.length, sample.length);
  for (const [index, { name, content }] of sample.entries()) {
    const file = files[index];
    expectEqual('name', file?.name, name);
    expectEqual(`content of ${name}`, await (await file?.blob())?.text(), content);
  }
  say(`Pulled    ${files.length} files, every byte as it was pushed`);
}

function describeLayer({ annotations, mediaType, size, digest }: Descriptor): string {
  const name = annotations?.['org.opencontainers.image.title'] ?? '';
  return `${name.padEnd(18)} ${mediaType.padEnd(17)} ${String(size).padStart(4)} bytes  ${digest.slice(0, 19)}…`;
}

function expectEqual(what: string, actual: unknown, expected: unknown): void {
  if (actual !== expected) throw new Error(`The ${what} came back as ${actual}, not ${expected}`);
}
