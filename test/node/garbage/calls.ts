import { MemoryStorage, type Registry } from 'oras-js';
import { login } from 'oras-js/node';

const digest = `sha256:${'1'.repeat(64)}`;
const blob = { mediaType: 'a/b', digest, size: 5 };
const manifest = { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest, size: 300 };
const credential = { username: 'alice', password: 'secret' };
const store = { get: async () => undefined, store: async () => {}, erase: async () => false };

async function readAll(stream: ReadableStream<Uint8Array>): Promise<void> {
  const reader = stream.getReader();
  while (!(await reader.read()).done);
}

/** Every call of the client that asks a registry something, by its name. */
export const calls: Readonly<Record<string, (registry: Registry, host: string) => Promise<unknown>>> = {
  push: (registry, host) => registry.push(`${host}/a/b:v1`, [{ name: 'x', content: 'hello' }]),
  'push a stream': (registry, host) => {
    const content = new Blob([new Uint8Array(100)]).stream();
    return registry.push(`${host}/a/b:v1`, [{ name: 'x', content }], { chunkSize: 30 });
  },
  'push ahead': (registry, host) =>
    registry.push(`${host}/a/b:v1`, [{ name: 'x', content: new Blob([new Uint8Array(5_000_000)]) }]),
  'push by mounting': (registry, host) =>
    registry.push(`${host}/a/b:v1`, [{ name: 'x', content: 'hello' }], { mountFrom: ['c/d', 'e/f'] }),
  'push in chunks': (registry, host) =>
    registry.push(`${host}/a/b:v1`, [{ name: 'x', content: 'hello' }], { chunkSize: 2, resume: new MemoryStorage() }),
  pull: (registry, host) => registry.pull(`${host}/a/b:v1`, { to: new MemoryStorage() }),
  inspect: (registry, host) => registry.inspect(`${host}/a/b:v1`),
  'inspect by digest': (registry, host) => registry.inspect(`${host}/a/b@${digest}`, { platform: 'linux/amd64' }),
  manifest: (registry, host) => registry.manifest(`${host}/a/b:v1`),
  tags: async (registry, host) => {
    let pages = 0;
    // A list of empty pages may be long.
    for await (const _ of registry.tags(`${host}/a/b`).pages()) if (++pages === 5) break;
  },
  ping: (registry, host) => registry.ping(host),
  'ping with a credential': (registry, host) => registry.ping(host, credential),
  login: (registry, host) => login(registry, host, credential, store as never),
  diagnose: (registry, host) => registry.diagnose(host),
  resolve: (registry, host) => registry.repository(`${host}/a/b`).resolve('v1'),
  'exists: a blob': (registry, host) => registry.repository(`${host}/a/b`).exists(blob),
  'exists: a manifest': (registry, host) => registry.repository(`${host}/a/b`).exists(manifest, { intent: 'push' }),
  tag: (registry, host) => registry.repository(`${host}/a/b`).tag(manifest, 'v2'),
  'fetch and read': async (registry, host) => readAll(await registry.repository(`${host}/a/b`).fetch(blob)),
  'fetch and give up': async (registry, host) => (await registry.repository(`${host}/a/b`).fetch(blob)).cancel(),
  'fetch a manifest': async (registry, host) => readAll(await registry.repository(`${host}/a/b`).fetch(manifest)),
  'fetch a part': async (registry, host) => readAll(await registry.repository(`${host}/a/b`).fetchRange(blob, 1, 3)),
  'read here and there': (registry, host) => registry.repository(`${host}/a/b`).openBlob(blob).slice(2, 4).text(),
};
