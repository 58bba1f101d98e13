import { packManifest } from '../../src/actions/push/pack.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { MemoryStorage } from '../../src/storage/memory.ts';
import { pushBlob } from '../../src/target/content.ts';
import { OciLayout } from '../../src/target/layout/layout.ts';
import type { Annotations, Descriptor } from '../../src/types.ts';
import { gzipped } from './gzip-bytes.ts';
import { type TarPart, tarOf } from './tar-bytes.ts';

/** A layer of an artifact: a directory by what its tar has, or by the bytes of its archive, or a file by its content. */
export interface ArtifactLayer {
  /** Its title. Default `dir`. */
  title?: string;
  /** The parts of a directory's tar, to be compressed. */
  tar?: readonly (TarPart | Uint8Array)[];
  /** The whole archive of a directory as it is. */
  archive?: Uint8Array;
  /** The content of a file. */
  content?: string;
  /** Further annotations, or other ones. */
  annotations?: Annotations;
}

/** An artifact `v1` of these layers, annotated as oras does it, unchecked. */
export async function artifactOf(...layers: readonly ArtifactLayer[]): Promise<OciLayout> {
  const layout = new OciLayout(new MemoryStorage());
  const descriptors: Descriptor[] = [];
  for (const { title = 'dir', tar, archive, content, annotations } of layers) {
    const bytes = tar && tarOf(tar);
    const packed = archive ?? (bytes && (await gzipped(bytes)));
    const blob = await pushBlob(layout, packed ?? content ?? '');
    const unpack = packed && {
      'io.deis.oras.content.unpack': 'true',
      ...(bytes && { 'io.deis.oras.content.digest': digestOf(bytes) }),
    };
    descriptors.push({
      ...blob,
      annotations: { 'org.opencontainers.image.title': title, ...unpack, ...annotations },
    });
  }
  await packManifest(layout, { layers: descriptors, tags: ['v1'] });
  return layout;
}

/** Short ways to say what a tar has. */
export const entry = {
  /** A file. */
  file: (path: string, content = path, mode = 0o644): TarPart => ({ path, content, mode }),
  /** A directory. */
  directory: (path: string, mode = 0o755): TarPart => ({ path: `${path}/`, flag: '5', mode }),
  /** A symlink. */
  symlink: (path: string, link: string): TarPart => ({ path, flag: '2', link, mode: 0o777 }),
  /** A hard link. */
  link: (path: string, link: string): TarPart => ({ path, flag: '1', link }),
} as const;
