import { expect, test } from 'vitest';
import { tarBlocks } from '../../src/archive/blocks.ts';
import { type GzipOptions, gzipOf } from '../../src/archive/gzip.ts';
import { tarParts } from '../../src/archive/tar-parts.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { archiveTree } from '../support/archive-tree.ts';

// Digests that registries have under them: a change here is a change of the recipe, and no push equals one before it.
const tarDigest = 'sha256:c1ee592fcef5ad360c56fa35c6123ceb0d67e4adaf13be75d8bac9d437a3d2bd';
const tarSize = 6_148_608;

async function pack(options: GzipOptions = {}): Promise<{ digest: string; size: number; described: unknown }> {
  const { stream, described } = gzipOf(tarBlocks(tarParts(archiveTree())), options);
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  return { digest: digestOf(bytes), size: bytes.length, described: await described };
}

test('archive: the tar of a tree has the pinned digest', async () => {
  const expected = { digest: tarDigest, size: tarSize };
  expect(await pack({ compression: 'none' })).toEqual({ ...expected, described: { ...expected, tarDigest, tarSize } });
});

test.for([1, 2, 5])('archive: compressed, it has the pinned digest, %i blocks at a time', async (concurrency) => {
  const expected = {
    digest: 'sha256:95d1cd5a873b2a5a72adf9a576cd86d7cde5025c2961e6972e663d830b25a9dd',
    size: 1_151_030,
  };
  expect(await pack({ concurrency })).toEqual({ ...expected, described: { ...expected, tarDigest, tarSize } });
});
