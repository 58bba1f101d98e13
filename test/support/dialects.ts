import { mediaTypes } from '../../src/oci/media-types.ts';
import type { Descriptor } from '../../src/types.ts';
import { descriptorOf } from './content.ts';
import { shuffled, written } from './json-dialects.ts';
import { Random } from './random.ts';

/** A manifest, an index or a document of a retired type, and what must be read in it. */
export interface Document {
  text: string;
  /** As others describe it. */
  descriptor: Descriptor;
  kind: 'manifest' | 'index' | 'retired';
  /** What it is made of, as far as that can be read: config and layers, or the manifests. */
  parts: Descriptor[];
  annotations: Record<string, string> | undefined;
}

/** What a program wrote, and what it is to be read as. */
interface Pair {
  write: object;
  read: Descriptor;
}

type Json = Record<string, unknown>;

const retired = [
  'application/vnd.oci.artifact.manifest.v1+json',
  'application/vnd.cncf.oras.artifact.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v1+prettyjws',
];
const configTypes = [
  mediaTypes.config,
  mediaTypes.empty,
  'application/vnd.docker.container.image.v1+json',
  'application/vnd.cncf.helm.config.v1+json',
  'application/vnd.devcontainers',
];
const layerTypes = [
  mediaTypes.layerTarGzip,
  'application/vnd.docker.image.rootfs.diff.tar.gzip',
  'application/vnd.dev.sigstore.bundle+json;version=0.3',
  'application/vnd.ollama.image.model',
  'application/vnd.devcontainers.layer.v1+tar',
  'text',
  '',
];
/** Entries of an index that stand for nothing. */
const bad: readonly unknown[] = [
  null,
  'sha256:abc',
  {},
  { mediaType: mediaTypes.manifest, digest: 'sha256:../../x', size: 1 },
  { ...descriptorOf('x', mediaTypes.manifest), size: -1 },
  { ...descriptorOf('x', mediaTypes.manifest), size: '1' },
  { ...descriptorOf('x', mediaTypes.manifest), digest: null },
];
/** Platforms as they are written, and as they are read. */
const platforms: readonly (readonly [unknown, Descriptor['platform'] | undefined])[] = [
  [undefined, undefined],
  [null, undefined],
  [
    { architecture: 'amd64', os: 'linux' },
    { architecture: 'amd64', os: 'linux' },
  ],
  [
    { os: 'linux', architecture: 'arm64', variant: null, 'os.features': null },
    { architecture: 'arm64', os: 'linux' },
  ],
  [
    { architecture: 'unknown', os: 'unknown' },
    { architecture: 'unknown', os: 'unknown' },
  ],
  [
    { architecture: '', os: '' },
    { architecture: '', os: '' },
  ],
  [
    { architecture: 'riscv128', os: 'plan9' },
    { architecture: 'riscv128', os: 'plan9' },
  ],
  [{ os: 'linux' }, undefined],
  ['linux/amd64', undefined],
];

/** Writes documents as Go, Python and others do, each differently, and always the same for a seed. */
export class Writer {
  readonly random: Random;
  readonly blobs = new Map<string, string>();

  constructor(seed: number) {
    this.random = new Random(seed);
  }

  /** An image or artifact manifest; what it is made of goes to `blobs`. */
  manifest(subject?: Descriptor): Document {
    const config = this.#described(this.#blob(), this.random.pick(configTypes));
    const layers = Array.from({ length: this.random.below(4) }, () =>
      this.#described(this.#blob(), this.random.pick(layerTypes)),
    );
    const list = layers.map(({ write }) => write);
    return this.#document('manifest', [config, ...layers], {
      config: config.write,
      ...this.#list('layers', list),
      ...this.#unset('manifests'),
      ...(subject ? { subject } : this.#unset('subject')),
    });
  }

  /** An index of manifests, with entries among them that stand for nothing. */
  index(children: readonly Document[]): Document {
    const entries = children.map((child) => this.entry(child));
    const list: unknown[] = entries.map(({ write }) => write);
    for (let n = this.random.below(3); n > 0; n--) list.splice(this.random.below(list.length + 1), 0, this.bad());
    return this.#document('index', entries, {
      ...this.#list('manifests', list),
      ...this.#unset('config', 'layers', 'subject'),
    });
  }

  /** A document of a type that is no longer written. */
  retired(): Document {
    const mediaType = this.random.pick(retired);
    const isSchema1 = mediaType.includes('manifest.v1') && mediaType.includes('docker');
    const value = isSchema1
      ? {
          schemaVersion: 1,
          name: 'a',
          tag: `${this.random.below(1e9)}`,
          architecture: 'amd64',
          fsLayers: [],
          history: null,
        }
      : { mediaType, artifactType: 'test/x', blobs: [this.#described(this.#blob(), '').write], annotations: null };
    const text = written(value, this.random);
    return { text, descriptor: descriptorOf(text, mediaType), kind: 'retired', parts: [], annotations: undefined };
  }

  /** A document as an index describes it. */
  entry({ descriptor }: Document): Pair {
    const [platform, read] = this.random.pick(platforms);
    const { mediaType } = descriptor;
    const type = this.random.below(10) < 2 ? `${mediaType}; charset=utf-8` : mediaType;
    const pair = this.#fields({ ...descriptor, mediaType: type });
    return {
      write: shuffled({ ...pair.write, ...(platform !== undefined && { platform }) }, this.random),
      read: { ...pair.read, ...(read && { platform: read }) },
    };
  }

  bad(): unknown {
    return this.random.pick(bad);
  }

  #blob(): string {
    const text = this.random.below(10) < 1 ? '' : `blob ${this.random.below(1e9)}`;
    this.blobs.set(descriptorOf(text).digest, text);
    return text;
  }

  #described(text: string, mediaType: string): Pair {
    return this.#fields(descriptorOf(text, mediaType));
  }

  /** A descriptor with some of the fields that it need not have, and with others that are unknown. */
  #fields(descriptor: Descriptor): Pair {
    const [write, annotations] = this.#annotations();
    const more = this.random.below(10) < 3 ? { name: 'blk.0', from: '/x' } : {};
    const unset = this.#unset('urls', 'data', 'artifactType', 'platform');
    return {
      write: shuffled({ ...descriptor, ...unset, ...more, ...write }, this.random),
      read: { ...descriptor, ...more, ...(annotations && { annotations }) },
    };
  }

  #document(kind: 'manifest' | 'index', pairs: readonly Pair[], fields: Json): Document {
    const family = this.random.pick(['oci', 'docker'] as const);
    const types = { manifest: mediaTypes.manifest, index: mediaTypes.index };
    const dockerTypes = { manifest: mediaTypes.dockerManifest, index: mediaTypes.dockerIndex };
    const mediaType = (family === 'oci' ? types : dockerTypes)[kind];
    const [annotationFields, annotations] = this.#annotations();
    const others = this.#unset('artifactType');
    const extra = this.random.below(10) < 3 ? { 'x-extra': [null, { a: 1 }], MediaType: 'x' } : {};
    const version = this.random.below(10) < 9 ? { schemaVersion: 2 } : {};
    const own = this.#ownType(mediaType, family === 'docker' ? types[kind] : dockerTypes[kind]);
    const value = { ...version, ...own, ...fields, ...annotationFields, ...others, ...extra };
    const text = written(shuffled(value, this.random), this.random);
    return { text, descriptor: descriptorOf(text, mediaType), kind, parts: pairs.map(({ read }) => read), annotations };
  }

  /** What a document calls itself: what it is, what it is with a parameter, nothing, or the same of the other family. */
  #ownType(mediaType: string, other: string): Json {
    const own = this.random.pick([mediaType, mediaType, `${mediaType};charset=utf-8`, undefined, null, '', 7, other]);
    return own === undefined ? {} : { mediaType: own };
  }

  /** Annotations as they are written, and as they are read. */
  #annotations(): [Json, Record<string, string> | undefined] {
    return this.random.pick<[Json, Record<string, string> | undefined]>([
      [{}, undefined],
      [{ annotations: null }, undefined],
      [{ annotations: {} }, {}],
      [{ annotations: { 'a.b': 'grün <&> \u2028', c: '' } }, { 'a.b': 'grün <&> \u2028', c: '' }],
      [{ annotations: { a: null, b: 'b' } }, { b: 'b' }],
      [{ annotations: { a: 1, b: 'b', c: ['d'] } }, { b: 'b' }],
      [{ annotations: ['a=b'] }, undefined],
    ]);
  }

  /** An empty list is left out, or null, as often as it is written. */
  #list(name: string, list: unknown[]): Json {
    if (list.length > 0) return { [name]: list };
    return this.random.pick<Json>([{}, { [name]: null }, { [name]: [] }]);
  }

  #unset(...names: string[]): Json {
    return Object.fromEntries(names.filter(() => this.random.below(10) < 4).map((name) => [name, null]));
  }
}
