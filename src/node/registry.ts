import type { NamedFile } from '../actions/push/file-input.ts';
import type { AbortOptions } from '../options.ts';
import { Registry as PortableRegistry } from '../registry.ts';
import type { RegistryOptions } from '../registry-options.ts';
import type { StorageAdapter } from '../storage/storage.ts';
import { dockerCredentials } from './credentials/docker-credentials.ts';
import { openPath } from './files/open-path.ts';
import { httpFetch } from './http-fetch/http-fetch.ts';
import { withSentBytes } from './http-fetch/sent-bytes.ts';
import { openDirectory } from './verbs.ts';

/** The client of OCI registries that knows docker's credentials, and takes local paths: of files to push, and of a directory to pull to. */
export class Registry extends PortableRegistry {
  /**
   * Makes a client; nothing is sent or read until it is used. Without `credentials` it uses those that docker and podman
   * keep on this machine, and `onWarning` is also told which of them cannot be used; for anonymous access give
   * `credentials: () => undefined`. Without `fetch` it sends over node:http and node:https. Its uploads tell smoothly how
   * far they are, whatever `fetch` sends them.
   */
  constructor(options: RegistryOptions = {}) {
    const { fetch, onWarning } = options;
    const { credentials = dockerCredentials({ onWarning }) } = options;
    super({ ...options, credentials, fetch: fetch ? withSentBytes(fetch) : httpFetch });
  }

  /** Hook: opens a local path.
   *
   * @throws NotFoundError when there is no such file
   */
  protected override openPath(path: string, options?: AbortOptions): Promise<NamedFile> {
    return openPath(path, options);
  }

  /** Hook: opens the path of a directory, absolute or from the working directory; it is made with its first file. */
  protected override openDirectory(path: string): StorageAdapter {
    return openDirectory(path);
  }
}
