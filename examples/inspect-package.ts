/**
 * A subclass of the client: it reads the metadata of a conda package from a registry without fetching the package.
 *
 * Run it with a name, and with GITHUB_USER and GITHUB_TOKEN in the environment.
 */
// #region readme
import { Registry } from 'oras-js';
import { z } from 'zod';

/** The part of a package's metadata that is used here, as a schema of zod or any other Standard Schema library. */
const packageIndex = z.object({ name: z.string(), version: z.string() });

/** A registry of conda packages. */
export class CondaRegistry extends Registry {
  /** Finds the layer with the index of a package by its media type, and reads its blob. */
  async inspectPackage(name: string): Promise<z.infer<typeof packageIndex> | undefined> {
    const { manifest } = await this.manifest(name);
    const index = manifest.layers.find((layer) => layer.mediaType === 'application/vnd.conda.info.index.v1+json');
    return index && this.json(name, index, packageIndex);
  }
}
// #endregion

/** Prints the name and version of a package. */
export async function main(name = 'ghcr.io/wolfv/conda-forge/linux-64/xtensor:0.9.0-0'): Promise<void> {
  const { GITHUB_USER: username, GITHUB_TOKEN: password } = process.env;
  if (!username || !password) throw new Error('GITHUB_TOKEN and GITHUB_USER are required in the environment.');
  const registry = new CondaRegistry({ credentials: { username, password } });
  const found = await registry.inspectPackage(name);
  console.log(found ? `${found.name} ${found.version}` : `${name} has no package index`);
}

if (import.meta.filename === process.argv[1]) await main(process.argv[2]);
