import type { Reference } from '../../oci/reference.ts';
import { repositoryScope } from '../auth/scopes.ts';
import type { Send, SendOptions } from '../http/transport.ts';
import { rulesFor } from '../trust/hosts.ts';
import type { SenderOptions } from './sender.ts';

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

  /** Sends a request with the token scopes it needs: reading for GET and HEAD, writing for all else. */
  send(method: string, url: string, options: ConnectionSendOptions = {}): Promise<Response> {
    const { access = method === 'GET' || method === 'HEAD' ? 'pull' : 'push', ...rest } = options;
    return this.#send(method, url, { scopes: [repositoryScope(this.reference.repository, access)], ...rest });
  }
}

/** Options of one request to a repository. */
export interface ConnectionSendOptions extends SendOptions {
  /** What the token must allow. Default: `pull` for GET and HEAD, else `push`. */
  access?: 'pull' | 'push' | undefined;
}
