import type { NamedFile } from '../actions/files.ts';
import type { AbortOptions } from '../options.ts';
import { Registry as PortableRegistry } from '../registry.ts';
import { openPath } from './open-path.ts';

/** The client of OCI registries that can also push files by their local paths. */
export class Registry extends PortableRegistry {
  /** Hook: opens a local path.
   *
   * @throws NotFoundError when there is no such file
   */
  protected override openPath(path: string, options?: AbortOptions): Promise<NamedFile> {
    return openPath(path, options);
  }
}
