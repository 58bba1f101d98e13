import { buildManifest, type ManifestContent, type PackedManifest } from '../../src/actions/push/pack.ts';
import { blobOf } from '../../src/bytes/streams.ts';
import { describe } from '../../src/oci/descriptor.ts';
import { mediaTypes } from '../../src/oci/media-types.ts';
import { referencesIn } from '../../src/oci/referrers.ts';
import { serializeIndex } from '../../src/oci/serialize.ts';
import { paginated } from '../../src/pagination.ts';
import { MemoryStorage } from '../../src/storage/memory.ts';
import { fetchBytes } from '../../src/target/content.ts';
import { OciLayout } from '../../src/target/layout/layout.ts';
import type { ReadOnlyTarget, Target } from '../../src/target/target.ts';
import type { Descriptor, Digest, Index } from '../../src/types.ts';
import { bytesOf, descriptorOf } from './content.ts';

/** Stores a text as a blob. */
export async function pushText(target: Target, text: string, mediaType?: string): Promise<Descriptor> {
  const descriptor = descriptorOf(text, mediaType);
  await target.push(descriptor, new Blob([text]));
  return descriptor;
}

/** Stores a manifest of these texts. */
export async function pushImage(
  target: Target,
  texts: readonly string[],
  content: ManifestContent = {},
): Promise<PackedManifest> {
  const config = await pushText(target, '{}', 'application/vnd.unknown.config.v1+json');
  const layers: Descriptor[] = [];
  for (const text of texts) layers.push(await pushText(target, text, mediaTypes.layerTar));
  const packed = buildManifest({ config, layers, ...content });
  await target.push(packed.descriptor, blobOf(packed.bytes));
  return packed;
}

/** Stores an index of manifests. */
export async function pushIndex(
  target: Target,
  manifests: Descriptor[],
  fields: Partial<Index> = {},
): Promise<{ descriptor: Descriptor; bytes: Uint8Array }> {
  const bytes = serializeIndex({ schemaVersion: 2, mediaType: mediaTypes.index, manifests, ...fields });
  const descriptor = describe(mediaTypes.index, bytes);
  await target.push(descriptor, blobOf(bytes));
  return { descriptor, bytes };
}

/** A graph of seven nodes: a config, `foo`, `bar` and their manifest `a`; `hello` and its manifest `b`; an index of both. */
export interface SevenNodes {
  layout: OciLayout;
  storage: MemoryStorage;
  a: Descriptor;
  b: Descriptor;
  root: Descriptor;
  config: Descriptor;
  nodes: Descriptor[];
}

/** A layout in memory with the graph of seven nodes, tagged `v1`. */
export async function sevenNodes(): Promise<SevenNodes> {
  const storage = new MemoryStorage();
  const layout = new OciLayout(storage);
  const graph = await pushSevenNodes(layout);
  return { storage, layout, ...graph };
}

/** Stores the graph of seven nodes, tagged `v1`. */
export async function pushSevenNodes(target: Target): Promise<Omit<SevenNodes, 'layout' | 'storage'>> {
  const a = await pushImage(target, ['foo', 'bar']);
  const b = await pushImage(target, ['hello']);
  const { descriptor: root } = await pushIndex(target, [
    { ...core(a.descriptor), platform: { os: 'linux', architecture: 'amd64' } },
    { ...core(b.descriptor), platform: { os: 'linux', architecture: 'arm64' } },
  ]);
  await target.tag(root, 'v1');
  const { config } = a.manifest;
  const nodes = [config, ...a.manifest.layers, a.descriptor, ...b.manifest.layers, b.descriptor, root];
  return { a: a.descriptor, b: b.descriptor, root, config, nodes };
}

/** Media type, digest and size of a descriptor. */
export function core({ mediaType, digest, size }: Descriptor): Descriptor {
  return { mediaType, digest, size };
}

/** A layout in memory that keeps what was called, as `push foo`; names are given to digests. */
export class WatchedLayout extends OciLayout {
  readonly calls: string[] = [];
  readonly storage: MemoryStorage;

  constructor(storage: MemoryStorage = new MemoryStorage()) {
    super(storage);
    this.storage = storage;
  }

  /** How often a method was called. */
  count(method: string): number {
    return this.calls.filter((call) => call.startsWith(`${method} `)).length;
  }

  /** What a method was called for, in order. */
  digests(method: string): Digest[] {
    return this.calls.filter((call) => call.startsWith(`${method} `)).map((call) => call.slice(method.length + 1));
  }

  override exists(...args: Parameters<OciLayout['exists']>): ReturnType<OciLayout['exists']> {
    this.calls.push(`exists ${args[0].digest}`);
    return super.exists(...args);
  }

  override fetch(...args: Parameters<OciLayout['fetch']>): ReturnType<OciLayout['fetch']> {
    this.calls.push(`fetch ${args[0].digest}`);
    return super.fetch(...args);
  }

  override push(...args: Parameters<OciLayout['push']>): ReturnType<OciLayout['push']> {
    this.calls.push(`push ${args[0].digest}`);
    return super.push(...args);
  }

  override tag(...args: Parameters<OciLayout['tag']>): ReturnType<OciLayout['tag']> {
    this.calls.push(`tag ${args[1]}`);
    return super.tag(...args);
  }
}

/** The content of a target that all of these have, as text by digest. */
export async function contentOf(target: Target, nodes: readonly Descriptor[]): Promise<Map<Digest, string>> {
  const texts = new Map<Digest, string>();
  for (const node of nodes) texts.set(node.digest, await new Response(await target.fetch(node)).text());
  return texts;
}

/** The bytes of JSON with odd white space, which no serializer gives. */
export function oddJson(value: unknown): Uint8Array<ArrayBuffer> {
  return bytesOf(`${JSON.stringify(value, null, 3)} \n\n`);
}

/** The layout as a source that lists referrers: all manifests in its index that have the subject. */
export function listingReferrers(layout: OciLayout, storage: MemoryStorage): ReadOnlyTarget {
  return {
    resolve: (...args) => layout.resolve(...args),
    fetch: (...args) => layout.fetch(...args),
    exists: (...args) => layout.exists(...args),
    tags: (...args) => layout.tags(...args),
    referrers: ({ digest }) =>
      paginated(async function* () {
        const index = JSON.parse((await (await storage.get('index.json'))?.text()) ?? '{}') as Partial<Index>;
        for (const { annotations: _, ...entry } of index.manifests ?? []) {
          const { subject } = referencesIn(await fetchBytes(layout, entry));
          // A page for each, and empty ones between them.
          yield subject?.digest === digest ? [entry] : [];
        }
      }),
  };
}
