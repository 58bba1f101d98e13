/**
 * A subclass of the client: it pushes archives and directories, given as a map of paths to media types, with annotations
 * for each. A directory is packed into a temporary archive, which is gone afterwards.
 *
 * Run it with GITHUB_USER and GITHUB_TOKEN in the environment, a target, and path=mediaType pairs.
 */
// #region readme
import { basename } from 'node:path';
import { type AnnotationSet, type Descriptor, packManifest, pushBlob, Registry } from 'oras-js';

/** A client for archives and directories of any media type. */
export class ArchiveRegistry extends Registry {
  /** Pushes every archive as a layer (a directory is packed first), then a config, then the manifest. */
  async pushArchives(
    target: string,
    archives: Record<string, string>,
    annotations: AnnotationSet = {},
  ): Promise<Descriptor> {
    const repository = this.repository(target);
    const layers: Descriptor[] = [];
    for (const [path, mediaType] of Object.entries(archives)) {
      const file = { path, name: basename(path) };
      layers.push(await this.pushFile(repository, file, { mediaType, annotations: annotations[path] }));
    }
    const config = await pushBlob(repository, '{}', {
      mediaType: 'application/vnd.unknown.config.v1+json',
      annotations: annotations.$config,
    });
    const { descriptor } = await packManifest(repository, {
      config,
      layers,
      annotations: annotations.$manifest,
      tags: [repository.reference.tag],
    });
    return descriptor;
  }
}
// #endregion

/** Pushes archives, and prints their reference. */
export async function main(target: string, archives: Record<string, string>): Promise<void> {
  const { GITHUB_USER: username, GITHUB_TOKEN: password } = process.env;
  if (!username || !password) throw new Error('GITHUB_TOKEN and GITHUB_USER are required in the environment.');
  const registry = new ArchiveRegistry({ credentials: { username, password } });
  const { digest } = await registry.pushArchives(target, archives, { $manifest: { 'org.example.tool': 'archives' } });
  console.log(`Successfully pushed ${target} (${digest})`);
}

if (import.meta.filename === process.argv[1]) {
  const [target = 'ghcr.io/vsoch/excellent-dinosaur:latest', ...pairs] = process.argv.slice(2);
  await main(target, Object.fromEntries(pairs.map((pair) => pair.split('='))));
}
