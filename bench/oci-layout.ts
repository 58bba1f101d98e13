import { createHash } from 'node:crypto';
import { link, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileSet } from './file-set.ts';

const types = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
  config: 'application/vnd.oci.empty.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar',
};

/** Makes an OCI image layout of a set of files: its blobs are links to the files. */
export async function linkLayout({ folder, files }: FileSet, layout: string): Promise<void> {
  const blobs = join(layout, 'blobs/sha256');
  await mkdir(blobs, { recursive: true });
  for (const { name, digest } of files) await link(join(folder, name), join(blobs, digest.replace('sha256:', '')));
  const store = async (mediaType: string, content: string): Promise<{ mediaType: string; digest: string }> => {
    const hex = createHash('sha256').update(content).digest('hex');
    await writeFile(join(blobs, hex), content);
    return { mediaType, digest: `sha256:${hex}`, ...{ size: Buffer.byteLength(content) } };
  };
  const config = await store(types.config, '{}');
  const layers = files.map(({ size, digest }) => ({ mediaType: types.layer, digest, size }));
  const manifest = { schemaVersion: 2, mediaType: types.manifest, config, layers };
  const stored = await store(types.manifest, JSON.stringify(manifest));
  const index = { schemaVersion: 2, mediaType: types.index, manifests: [stored] };
  await writeFile(join(layout, 'index.json'), JSON.stringify(index));
  await writeFile(join(layout, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
}
