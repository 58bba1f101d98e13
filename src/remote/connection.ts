import type { Reference } from '../oci/reference.ts';
import { repositoryScope } from './scopes.ts';
import type { Send, SendOptions } from './transport.ts';

/** One repository of one registry, as the requests to it see it. */
export class Connection {
  /** The repository. */
  readonly reference: Reference;
  /** URL of the repository's API, without a slash at its end: `https://ghcr.io/v2/org/hello`. */
  readonly base: string;
  readonly #send: Send;

  /** The repository of `reference`, reached through `send`. */
  constructor(reference: Reference, origin: string, send: Send) {
    this.reference = reference.with();
    this.base = `${origin}/v2/${reference.repository}`;
    this.#send = send;
  }

  /** Sends a request with the token scopes it needs: reading for GET and HEAD, writing for all else. */
  send(method: string, url: string, options: SendOptions = {}): Promise<Response> {
    const access = method === 'GET' || method === 'HEAD' ? 'pull' : 'push';
    return this.#send(method, url, { scopes: [repositoryScope(this.reference.repository, access)], ...options });
  }
}
