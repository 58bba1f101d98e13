/** Makes an index of images for two platforms, adds a third, reads a config, and removes what nothing needs any more. */
// #region readme
import {
  imageConfig,
  MemoryStorage,
  OciLayout,
  packIndex,
  packManifest,
  pushBlob,
  type Target,
  updateIndex,
} from 'oras-js';

/** Pushes an image without layers, for one platform, and tags it. */
async function pushImage(target: Target, architecture: string, tag: string): Promise<void> {
  const config = { architecture, os: 'linux', rootfs: { type: 'layers', diff_ids: [] }, config: { Cmd: ['/app'] } };
  const mediaType = 'application/vnd.oci.image.config.v1+json';
  await packManifest(target, { config: await pushBlob(target, JSON.stringify(config), { mediaType }), tags: [tag] });
}

const layout = new OciLayout(new MemoryStorage());
for (const architecture of ['amd64', 'arm64', 'riscv64']) await pushImage(layout, architecture, architecture);

// The platforms are those in the configs of the images.
const { descriptor } = await packIndex(layout, { manifests: ['amd64', 'arm64'], tags: ['v1', 'latest'] });

// `latest` moves to the changed index, `v1` stays.
await updateIndex(layout, 'latest', { add: ['riscv64'], remove: ['linux/arm64'] });
const { architecture, config } = await imageConfig(layout, 'latest', { platform: 'linux/riscv64' });
console.log(`${architecture} runs ${config?.Cmd?.join(' ')}`);

// Without `v1` and `arm64`, nothing needs the first index and the second image.
for (const tag of ['v1', 'arm64']) await layout.untag(tag);
const { removed, size } = await layout.collectGarbage({ grace: 0, dryRun: true });
console.log(`${removed.length} blobs with ${size} bytes would be removed`);
await layout.collectGarbage({ grace: 0 });
console.log(`the first index is ${(await layout.exists(descriptor)) ? 'still there' : 'gone'}`);
// #endregion
