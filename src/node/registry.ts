import type { NamedDirectory, NamedFile } from '../actions/push/file-input.ts';
import type { PackOptions } from '../actions/push/pack-directory.ts';
import type { PackedArchive } from '../archive/writing/packed-archive.ts';
import type { AbortOptions } from '../options.ts';
import { Registry as PortableRegistry } from '../registry.ts';
import type { RegistryOptions } from '../registry-options.ts';
import type { Spooled } from '../storage/spool.ts';
import type { StorageAdapter } from '../storage/storage.ts';
import { dockerCredentials } from './credentials/docker-credentials.ts';
import { openPath } from './files/open-path.ts';
import { temporarySpool } from './files/temporary-spool.ts';
import { httpFetch } from './http-fetch/http-fetch.ts';
import { withSentBytes } from './http-fetch/sent-bytes.ts';
import { openDirectory } from './verbs.ts';
import { packInThreads } from './workers/pack-in-threads.ts';

/**
 * The client for OCI registries in Node: it uses docker's credentials, and accepts local paths of files to push and of
 * directories to pull into.
 */
export class Registry extends PortableRegistry {
  /**
   * Makes a client; nothing is sent or read before its first call. Default of `credentials`: those that docker and
   * podman store on this machine; `onWarning` also reports which of them cannot be used. For anonymous access set
   * `credentials: () => undefined`. Default of `fetch`: requests over node:http and node:https. Upload progress is
   * reported in small steps with any `fetch`.
   */
  constructor(options: RegistryOptions = {}) {
    const { fetch, onWarning } = options;
    const { credentials = dockerCredentials({ onWarning }) } = options;
    super({ ...options, credentials, fetch: fetch ? withSentBytes(fetch) : httpFetch });
  }

  /** Hook: opens a local path, of a file or a directory.
   *
   * @throws NotFoundError when it does not exist
   */
  protected override openPath(path: string, options?: AbortOptions): Promise<NamedFile | NamedDirectory> {
    return openPath(path, options);
  }

  /** Hook: keeps a stream in a temporary file (in `os.tmpdir()`), which only this user can read.
   *
   * @throws FileError when the file cannot be written
   */
  protected override spool(stream: ReadableStream<Uint8Array>, options?: AbortOptions): Promise<Spooled> {
    return temporarySpool(stream, options);
  }

  /**
   * Hook: opens a local directory, absolute or relative to the working directory; it is created with its first file.
   */
  protected override openDirectory(path: string): StorageAdapter {
    return openDirectory(path);
  }

  /** Hook: packs a directory, in threads. */
  protected override archiveDirectory(directory: NamedDirectory, options: PackOptions & AbortOptions): PackedArchive {
    return packInThreads(directory, options);
  }
}
