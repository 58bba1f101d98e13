import { describe, expect, test } from 'vitest';
import { copy } from '../../../src/actions/copy/copy.ts';
import { blobOf } from '../../../src/bytes/streams.ts';
import { Registry, type RegistryOptions } from '../../../src/index.ts';
import { describe as described } from '../../../src/oci/descriptor.ts';
import { mediaTypes } from '../../../src/oci/media-types.ts';
import type { TransferEvent } from '../../../src/options.ts';
import { createRegistryServer, faults, type RegistryServer, withFaults } from '../../../src/server.ts';
import { MemoryStorage } from '../../../src/storage/memory.ts';
import { OciLayout } from '../../../src/target/layout/layout.ts';
import type { Target } from '../../../src/target/target.ts';
import type { Descriptor } from '../../../src/types.ts';
import { alice, authModes, bob } from '../../support/auth-modes.ts';
import { descriptorOf, rejection } from '../../support/content.ts';
import { contentOf, oddJson, pushSevenNodes, pushText, sevenNodes } from '../../support/graphs.ts';

/** A client of a registry in this page, and what it sent. */
function clientOf(
  server: RegistryServer,
  options: RegistryOptions = {},
): { registry: Registry; sent: string[]; uploads(): string[] } {
  const sent: string[] = [];
  const registry = new Registry({
    plainHttp: true,
    retry: { delay: () => 0 },
    fetch: (url, init) => {
      const { pathname, search } = new URL(url);
      sent.push(`${init?.method ?? 'GET'} ${pathname}${search.startsWith('?mount') ? search : ''}`);
      return server(url, init as RequestInit);
    },
    ...options,
  });
  return { registry, sent, uploads: () => sent.filter((request) => request.startsWith('POST ')) };
}

describe('copy within a registry', () => {
  test('blobs are mounted, and no byte of them is moved (K7)', async () => {
    const { registry, sent } = clientOf(createRegistryServer());
    const from = registry.repository('reg.test/from');
    const to = registry.repository('reg.test/to');
    const { nodes, root } = await pushSevenNodes(from);
    sent.length = 0;
    const mounted: Descriptor[] = [];
    const copied: Descriptor[] = [];
    const events: TransferEvent[] = [];
    const result = await copy(from, 'v1', to, 'v2', {
      onMounted: (it) => void mounted.push(it),
      afterCopy: (it) => void copied.push(it),
      onProgress: (event) => events.push(event),
    });
    expect(result).toMatchObject({ copied: 3, mounted: 4, skipped: 0 });
    expect(mounted).toHaveLength(4);
    expect(copied).toHaveLength(3);
    expect(events.filter((event) => event.type === 'skip' && event.reason === 'mounted')).toHaveLength(4);
    expect(sent.filter((request) => /^(?:GET|PUT|PATCH) .*\/blobs\//.test(request))).toEqual([]);
    expect((await to.resolve('v2')).digest).toBe(root.digest);
    expect(await contentOf(to, nodes)).toEqual(await contentOf(from, nodes));
  });

  test('what a registry says to have mounted, and has not, is uploaded', async () => {
    const server = createRegistryServer();
    const lying: RegistryServer = async (url, init) =>
      String(url).includes('?mount=') ? new Response(null, { status: 201 }) : server(url, init);
    const { registry } = clientOf(lying);
    const from = registry.repository('reg.test/from');
    const to = registry.repository('reg.test/to');
    const { nodes } = await pushSevenNodes(from);
    await copy(from, 'v1', to);
    expect(await contentOf(to, nodes)).toEqual(await contentOf(from, nodes));
  });

  test('what is not mounted is uploaded in the session that the registry began (K7)', async () => {
    const server = createRegistryServer();
    const foo = descriptorOf('foo');
    // A registry that mounts nothing ignores the parameters.
    const unable: RegistryServer = (url, init) => server(String(url).replace(/\?mount=[^&]*&from=[^&]*/, ''), init);
    const { registry, uploads, sent } = clientOf(unable);
    const from = registry.repository('reg.test/from');
    const to = registry.repository('reg.test/to');
    const { nodes } = await pushSevenNodes(from);
    sent.length = 0;
    expect(await copy(from, 'v1', to)).toMatchObject({ copied: 7, mounted: 0 });
    expect(uploads()).toHaveLength(4);
    expect(uploads()).toContainEqual(`POST /v2/to/blobs/uploads/?mount=${encodeURIComponent(foo.digest)}&from=from`);
    expect(await contentOf(to, nodes)).toEqual(await contentOf(from, nodes));
  });

  test('several repositories are tried, the source first (K7)', async () => {
    const { registry, sent } = clientOf(createRegistryServer());
    const [from, third, to] = ['from', 'third', 'to'].map((name) => registry.repository(`reg.test/${name}`));
    await pushText(third as Target, 'foo');
    const layout = new OciLayout(new MemoryStorage());
    const { nodes } = await pushSevenNodes(layout);
    sent.length = 0;
    // Not from a layout, which is in no registry.
    const result = await copy(layout, 'v1', to as Target, 'v1', { mountFrom: ['from', 'third'] });
    expect(result).toMatchObject({ copied: 6, mounted: 1 });
    const mounts = sent.filter((request) => request.includes(encodeURIComponent(descriptorOf('foo').digest)));
    expect(mounts.map((request) => request.replace(/.*from=/, ''))).toEqual(['from', 'third']);
    expect(await contentOf(to as Target, nodes)).toEqual(await contentOf(layout, nodes));
    expect(from).toBeDefined();
  });

  test('to another tag of the repository costs no upload', async () => {
    const { registry, sent } = clientOf(createRegistryServer());
    const repository = registry.repository('reg.test/from');
    await pushSevenNodes(repository);
    sent.length = 0;
    await copy(repository, 'v1', repository, 'v2');
    expect(sent.filter((request) => request.startsWith('P'))).toEqual(['PUT /v2/from/manifests/v2']);
  });

  test.each(authModes.slice(0, 2))('each side has its own credentials: $name', async ({ auth }) => {
    const server = createRegistryServer({ auth });
    const admin = clientOf(server, { credentials: alice }).registry.repository('reg.test/secret/from');
    const { nodes } = await pushSevenNodes(admin);
    // Who may write there may not read here, so that nothing can be mounted.
    const { registry } = clientOf(server, { credentials: bob });
    const to = registry.repository('reg.test/team/bob/to');
    expect(await copy(admin, 'v1', to)).toMatchObject({ copied: 7, mounted: 0 });
    expect(await contentOf(to, nodes)).toEqual(await contentOf(admin, nodes));
    const error = await rejection(copy(to, 'v1', registry.repository('reg.test/secret/to')));
    expect(error).toMatchObject({ code: 'COPY', side: 'target' });
  });
});

describe('copy between registries', () => {
  test('nothing is mounted, and the root is stored and tagged with one request (K8, K14)', async () => {
    const one = clientOf(createRegistryServer());
    const two = clientOf(createRegistryServer());
    const from = one.registry.repository('one.test/repo');
    const to = two.registry.repository('two.test/repo');
    const { nodes, a, b } = await pushSevenNodes(from);
    one.sent.length = 0;
    await copy(from, 'v1', to);
    expect(two.sent.filter((request) => request.startsWith('PUT /v2/repo/manifests')).sort()).toEqual(
      [`PUT /v2/repo/manifests/${a.digest}`, `PUT /v2/repo/manifests/${b.digest}`, 'PUT /v2/repo/manifests/v1'].sort(),
    );
    expect(two.uploads().join()).not.toContain('mount');
    // Everything is fetched once, and nothing is asked for before.
    expect(one.sent).toHaveLength(7);
    expect(new Set(one.sent).size).toBe(7);
    expect(await contentOf(to, nodes)).toEqual(await contentOf(from, nodes));
  });

  test('a download that breaks goes on, and an upload that breaks is repeated', async () => {
    const text = 'x'.repeat(17 * 1024 * 1024);
    const layer = descriptorOf(text, mediaTypes.layerTar);
    const isBlob = { match: ({ method, url }: Request) => method === 'GET' && url.includes('/blobs/') };
    const source = withFaults(createRegistryServer(), [faults.truncate(1024 * 1024, { ...isBlob, times: 2 })]);
    const server = createRegistryServer();
    let breaks = 2;
    const target: RegistryServer = async (url, init) => {
      const isUpload = init?.method === 'PUT' && String(url).includes('/uploads/');
      if (isUpload && breaks-- > 0) throw new TypeError('fetch failed', { cause: new Error('other side closed') });
      return server(url, init);
    };
    const from = clientOf(source).registry.repository('one.test/repo');
    const to = clientOf(target).registry.repository('two.test/repo');
    await from.push(layer, new Blob([text]));
    const config = await pushText(from, '{}');
    const manifest = described(mediaTypes.manifest, oddJson({ schemaVersion: 2, config, layers: [layer] }));
    await from.pushReference(manifest, blobOf(oddJson({ schemaVersion: 2, config, layers: [layer] })), 'v1');
    const events: TransferEvent[] = [];
    await copy(from, 'v1', to, undefined, { onProgress: (event) => events.push(event) });
    expect(await to.exists(layer)).toBe(true);
    const told = events.flatMap((event) =>
      'descriptor' in event && event.descriptor.digest === layer.digest && event.type !== 'transfer'
        ? [event.type]
        : [],
    );
    expect(told).toEqual(['start', 'done']);
  });

  test('digests stay through a registry, a layout and a registry: Docker’s and OCI’s children, odd white space (C2)', async () => {
    const first = clientOf(createRegistryServer()).registry.repository('one.test/repo');
    const children: Descriptor[] = [];
    const nodes: Descriptor[] = [];
    for (const [type, configType, layerType, text] of [
      [
        mediaTypes.dockerManifest,
        'application/vnd.docker.container.image.v1+json',
        'application/vnd.docker.image.rootfs.diff.tar.gzip',
        'docker',
      ],
      [mediaTypes.manifest, mediaTypes.config, 'application/vnd.oci.image.layer.v1.tar+zstd', 'zstd'],
      [mediaTypes.manifest, mediaTypes.config, mediaTypes.layerTarGzip, 'gzip'],
    ] as const) {
      const config = await pushText(first, `{ "os": "linux", "of": "${text}" }`, configType);
      const layer = await pushText(first, `${text} bytes`, layerType);
      const bytes = oddJson({ layers: [layer], mediaType: type, config, schemaVersion: 2, 'x-odd': 1 });
      const child = described(type, bytes);
      await first.push(child, blobOf(bytes));
      children.push(child);
      nodes.push(config, layer, child);
    }
    const bytes = oddJson({ mediaType: mediaTypes.dockerIndex, manifests: children, schemaVersion: 2 });
    const root = described(mediaTypes.dockerIndex, bytes);
    await first.pushReference(root, blobOf(bytes), 'v1');
    nodes.push(root);
    const content = await contentOf(first, nodes);

    const layout = new OciLayout(new MemoryStorage());
    const last = clientOf(createRegistryServer()).registry.repository('two.test/repo');
    for (const [from, to] of [
      [first, layout],
      [layout, last],
    ] as const) {
      expect((await copy(from, 'v1', to)).descriptor.digest).toBe(root.digest);
      expect((await to.resolve('v1')).digest).toBe(root.digest);
      expect(await contentOf(to, nodes)).toEqual(content);
    }
  });

  test('an index without some of its manifests is kept only where the registry takes it', async () => {
    const { layout, root } = await sevenNodes();
    const options = { platforms: ['linux/amd64'], index: 'keep' } as const;
    const copied = (sparse: boolean): Promise<unknown> => {
      const to = clientOf(createRegistryServer({ sparse })).registry.repository('reg.test/repo');
      return copy(layout, 'v1', to, undefined, options);
    };
    expect(await copied(true)).toMatchObject({ descriptor: { digest: root.digest } });
    const error = await rejection(copied(false));
    expect(error).toMatchObject({
      code: 'COPY',
      side: 'target',
      operation: 'push',
      descriptor: { digest: root.digest },
    });
  });
});
