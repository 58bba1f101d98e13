import type { Reference } from '../../oci/reference.ts';
import { type RepositoryAccess, repositoryScope } from '../auth/scopes.ts';
import type { Send, SendOptions } from '../http/fetch.ts';
import { rulesFor } from '../trust/hosts.ts';
import type { SenderOptions } from './sender.ts';

/** What a method does where nothing else is said. */
const accesses: Readonly<Record<string, RepositoryAccess>> = { GET: 'pull', HEAD: 'pull', DELETE: 'delete' };

/** What is decided for all repositories of one registry. */
export type ConnectionOptions = Pick<SenderOptions, 'settings' | 'trust' | 'hosts'>;

/** One repository of one registry, as the requests to it see it. */
export class Connection {
  /** The repository. */
  readonly reference: Reference;
  /** URL of the repository's API, without a slash at its end: `https://ghcr.io/v2/org/hello`. */
  readonly base: string;
  /** What is decided for the registry. */
  readonly options: ConnectionOptions;
  readonly #send: Send;

  /** The repository of `reference`, reached through `send`. */
  constructor(reference: Reference, origin: string, send: Send, options: ConnectionOptions) {
    this.reference = reference.with();
    this.base = `${origin}/v2/${reference.repository}`;
    this.options = options;
    this.#send = send;
  }

  /** Most tags that may be asked for at once; undefined when there is no limit. */
  get maxPageSize(): number | undefined {
    return rulesFor(this.reference.host, this.options.hosts).maxPageSize;
  }

  /** Most bytes per request of an upload in chunks; undefined when there is no limit. */
  get maxChunkSize(): number | undefined {
    return rulesFor(this.reference.host, this.options.hosts).maxChunkSize;
  }

  /** Sends a request with the token scope it needs; see {@link SendOptions.what} for its errors. */
  send(method: string, url: string, options: ConnectionSendOptions = {}): Promise<Response> {
    const { access = accesses[method] ?? 'push', ...rest } = options;
    const { retry } = this.options.settings;
    const scopes = [repositoryScope(this.reference.repository, access)];
    return this.#send(method, url, { retry, scopes, ...rest });
  }
}

/** Options of one request to a repository. */
export interface ConnectionSendOptions extends Omit<SendOptions, 'retry'> {
  /** What the token must allow. Default: `pull` for GET and HEAD, `delete` for DELETE, else `push`. */
  access?: RepositoryAccess | undefined;
}
