import { type Dispatcher, Pool, type ProxyAgent, fetch as undiciFetch } from 'undici';
import type { FetchInit } from '../remote/transport.ts';

export { Agent, type Dispatcher, EnvHttpProxyAgent, ProxyAgent } from 'undici';

/** The `fetch` that belongs to the agents: Node's own may be of another version, which does not take them. */
export function fetch(url: string, init: FetchInit & { dispatcher: Dispatcher }): Promise<Response> {
  const { scopes: _, onSent: __, ...rest } = init;
  // The two packages describe the same web types, each with its own names.
  return undiciFetch(url, rest as never) as unknown as Promise<Response>;
}

/**
 * The connections to a proxy. undici takes one that the proxy ends before it answers for one to be had again at once:
 * it would try thousands of times a second, without end, also after the request was given up.
 */
export const proxyConnections: NonNullable<ProxyAgent.Options['clientFactory']> = (origin, options) => {
  const pool = new Pool(origin, options);
  const connect = pool.connect.bind(pool) as (options: Dispatcher.ConnectOptions) => Promise<Dispatcher.ConnectData>;
  const failing = (options: Dispatcher.ConnectOptions): Promise<Dispatcher.ConnectData> =>
    connect(options).catch((cause: unknown) => {
      throw new Error('The proxy gives no connection', { cause });
    });
  return Object.assign(pool, { connect: failing });
};
