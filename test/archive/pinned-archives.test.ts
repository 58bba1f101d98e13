import { describe, expect, test } from 'vitest';
import { tarBlocks } from '../../src/archive/writing/blocks.ts';
import { type GzipOptions, gzipOf } from '../../src/archive/writing/gzip.ts';
import { type TarSource, tarParts } from '../../src/archive/writing/tar-parts.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { archiveTree, directoryOf, fileOf } from '../support/archive-tree.ts';
import { noise } from '../support/noise.ts';

interface Pinned {
  tree: () => TarSource[];
  tarDigest: string;
  tarSize: number;
  digest: string;
  size: number;
}

// Registries have content under these digests: who changes one changes the recipe, and no push equals one before it.
const pinned: Readonly<Record<string, Pinned>> = {
  'a tree with one of everything': {
    tree: archiveTree,
    tarDigest: 'sha256:c1ee592fcef5ad360c56fa35c6123ceb0d67e4adaf13be75d8bac9d437a3d2bd',
    tarSize: 6_148_608,
    digest: 'sha256:95d1cd5a873b2a5a72adf9a576cd86d7cde5025c2961e6972e663d830b25a9dd',
    size: 1_151_030,
  },
  'a file that cannot get smaller': {
    tree: () => [directoryOf('noise'), fileOf('noise/2.5 MiB', noise(2_621_440, 1))],
    tarDigest: 'sha256:455765c7458dd55850b2721c01336cb6028008aadee4b84b49de0451bb6d15a6',
    tarSize: 2_623_488,
    digest: 'sha256:1f055084413c1f836b11dee36db0bf84b0a4c05f889feef241a869a5b2c4e1c6',
    size: 2_623_089,
  },
};

async function pack(tree: TarSource[], options: GzipOptions): Promise<{ digest: string; size: number; said: unknown }> {
  const { stream, described } = gzipOf(tarBlocks(tarParts(tree)), options);
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  return { digest: digestOf(bytes), size: bytes.length, said: await described };
}

describe.for(Object.entries(pinned))('archive of %s', ([, { tree, tarDigest, tarSize, digest, size }]) => {
  test('has the pinned tar in it', async () => {
    const tar = { digest: tarDigest, size: tarSize };
    expect(await pack(tree(), { compression: 'none' })).toEqual({ ...tar, said: { ...tar, tarDigest, tarSize } });
  });

  test.for([1, 2, 5])('has the pinned digest, when %i blocks are compressed at a time', async (concurrency) => {
    const said = { digest, size, tarDigest, tarSize };
    expect(await pack(tree(), { concurrency })).toEqual({ digest, size, said });
  });
});
