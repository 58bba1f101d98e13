/**
 * Saves an image to a directory, as an OCI image layout, and loads it into another registry from there; or mirrors the
 * releases of a repository directly.
 *
 * Run it with the reference of the image, the path of the directory, and the reference of the copy.
 */
// #region readme
import { copy, isOrasError, mirror, OciLayout, Registry } from 'oras-js';
import { DirectoryStorage } from 'oras-js/node';

const registry = new Registry();

/** Copies an image to a directory, and from there to another registry; returns its digest, which stays the same. */
export async function copyByDirectory(from: string, directory: string, to: string): Promise<string> {
  const layout = new OciLayout(new DirectoryStorage(directory));
  const tag = registry.reference(from).tag ?? 'latest';
  try {
    await copy(registry.repository(from), tag, layout);
    const { descriptor } = await copy(layout, tag, registry.repository(to), registry.reference(to).tag);
    return descriptor.digest;
  } catch (error) {
    if (isOrasError(error, 'COPY')) console.log(`The ${error.side} failed: ${error.operation} of ${from}`);
    throw error;
  }
}

/** Brings the releases of a repository to another one, with their signatures and SBOMs, also those of cosign. */
export async function mirrorReleases(from: string, to: string): Promise<void> {
  const options = { tags: [/^v\d+\./], recursive: true, cosign: true };
  for await (const { tag, action } of mirror(registry.repository(from), registry.repository(to), options)) {
    if (action !== 'equal') console.log(`${tag} was ${action}`);
  }
}
// #endregion

/** Copies the image given on the command line. */
export async function main(from: string, directory: string, to: string): Promise<void> {
  console.log(await copyByDirectory(from, directory, to));
}

if (import.meta.filename === process.argv[1]) {
  await main(process.argv[2] ?? '', process.argv[3] ?? '', process.argv[4] ?? '');
}
