import { type Dispatcher, Pool, type ProxyAgent, fetch as undiciFetch } from 'undici';
import type { FetchInit } from '../../remote/http/fetch.ts';
import { codeOf } from '../system/system-errors.ts';

export { Agent, type Dispatcher, EnvHttpProxyAgent, ProxyAgent } from 'undici';

/**
 * The `fetch` of the same undici as the agents: Node's built-in one may be another version, which rejects them. The
 * `fetch` that belongs to the agents: Node's own may be of another version, which does not take them.
 *
 * @throws TypeError without a response, as `fetch` does; the innermost cause says in plain words which timeout was
 *   exceeded
 */
export async function fetch(url: string, init: FetchInit & { dispatcher: Dispatcher }): Promise<Response> {
  try {
    // The two packages declare the same web types under different names.
    return (await undiciFetch(url, init as never)) as unknown as Response;
  } catch (error) {
    const cause = timeoutOf(error);
    throw cause ? new TypeError('fetch failed', { cause }) : error;
  }
}

/** A clear message for a timeout; undici's own may be at any depth of the causes. */
function timeoutOf(error: unknown): Error | undefined {
  for (let link = error; link instanceof Error; link = link.cause) {
    const code = codeOf(link);
    // `Connect Timeout Error (attempted addresses: 192.0.2.1:443, 192.0.2.2:443, timeout: 10000ms)`
    const [, addresses, milliseconds] = /address(?:es)?: (.+), timeout: (\d+)ms/.exec(link.message) ?? [];
    const words: Record<string, string> = {
      UND_ERR_CONNECT_TIMEOUT: `no connection to ${addresses} in ${Number(milliseconds) / 1000} s`,
      UND_ERR_HEADERS_TIMEOUT: 'no answer came for too long, or nothing could be sent',
      UND_ERR_BODY_TIMEOUT: 'nothing came for too long',
    };
    if (Object.hasOwn(words, code)) return Object.assign(new Error(words[code]), { code });
  }
  return undefined;
}

/**
 * The connections to a proxy. If the proxy closes a connection before it responds, undici reconnects immediately:
 * without this, it would do so thousands of times a second, without end, even after the request was aborted.
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
