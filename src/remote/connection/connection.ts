import type { Reference } from '../../oci/reference.ts';
import { type RepositoryAccess, repositoryScope } from '../auth/scopes.ts';
import type { Send, SendOptions } from '../http/fetch.ts';
import { rulesFor } from '../trust/hosts.ts';
import { Capabilities } from './capabilities.ts';
import type { SenderOptions } from './sender.ts';

/** The default access of each method. */
const accesses: Readonly<Record<string, RepositoryAccess>> = { GET: 'pull', HEAD: 'pull', DELETE: 'delete' };

/** Settings that are the same for all repositories of a registry. */
export type ConnectionOptions = Pick<SenderOptions, 'settings' | 'trust' | 'hosts'>;

/** A connection to one repository, for the requests to its API. */
export class Connection {
  /** The repository. */
  readonly reference: Reference;
  /** URL of the repository's API, without a trailing slash: `https://ghcr.io/v2/org/hello`. */
  readonly base: string;
  /** Settings of the registry. */
  readonly options: ConnectionOptions;
  /** What was found out about the repository. */
  readonly capabilities: Capabilities;
  readonly #send: Send;

  /** A connection to the repository of `reference` that sends with `send`. */
  constructor(
    reference: Reference,
    origin: string,
    send: Send,
    options: ConnectionOptions,
    capabilities: Capabilities = new Capabilities(),
  ) {
    this.reference = reference.with();
    this.base = `${origin}/v2/${reference.repository}`;
    this.options = options;
    this.capabilities = capabilities;
    this.#send = send;
  }

  /** Maximum page size of a tag list; undefined when there is no limit. */
  get maxPageSize(): number | undefined {
    return rulesFor(this.reference.host, this.options.hosts).maxPageSize;
  }

  /** Maximum chunk size of an upload in bytes; undefined when there is no limit. */
  get maxChunkSize(): number | undefined {
    return rulesFor(this.reference.host, this.options.hosts).maxChunkSize;
  }

  /** Sends a request with the token scope it needs; see {@link SendOptions.what} for its errors. */
  send(method: string, url: string, options: ConnectionSendOptions = {}): Promise<Response> {
    const { access = accesses[method] ?? 'push' } = options;
    const { retry } = this.options.settings;
    const scopes = [repositoryScope(this.reference.repository, access)];
    return this.#send(method, url, { retry, scopes, ...options });
  }
}

/** Options of one request to a repository. */
export interface ConnectionSendOptions extends Omit<SendOptions, 'retry'> {
  /** Access that the token must grant. Default: `pull` for GET and HEAD, `delete` for DELETE, else `push`. */
  access?: RepositoryAccess | undefined;
}
