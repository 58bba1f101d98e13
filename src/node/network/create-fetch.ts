import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';
import type { Fetch } from '../../remote/http/fetch.ts';
import { trustedAuthorities } from './authorities.ts';
import { publicLookup, refusePrivate } from './guard.ts';
import type { Dispatcher } from './undici.ts';

/** Network settings of {@link createFetch}. */
export interface NetworkOptions {
  /** Certificate authorities to trust besides the system's: PEM text, or the path of a PEM file. Default: none. */
  ca?: string | undefined;
  /** Client certificate: PEM text or a path. Default: none. */
  cert?: string | undefined;
  /** Private key of `cert`: PEM text or a path. Default: none. */
  key?: string | undefined;
  /**
   * Disables the verification of TLS certificates: anyone on the network can then read and change all data, including
   * credentials. Node prints a warning. Default false.
   */
  insecureSkipVerify?: boolean | undefined;
  /**
   * Proxy: its URL; `environment` to use `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`; or `none`. Default `environment`.
   */
  proxy?: string | undefined;
  /**
   * Connect timeout (dial timeout) in milliseconds, including TLS; with a proxy, it applies to the connection to the
   * proxy and to the tunnel through it separately. 0 is no limit. Default 10,000.
   */
  connectTimeout?: number | undefined;
  /**
   * Prevents SSRF: refuses to connect to private networks, to this machine and to private names, also if a public name
   * resolves to a private address, or a registry redirects to one. For servers that access public registries for their
   * users. Through a proxy only the name is checked; the proxy itself may have any address. Default false.
   */
  guardPrivateAddresses?: boolean | undefined;
}

/**
 * Makes a fetch with its own certificate authorities, client certificate or proxy, for the `fetch` option of a
 * Registry. The Registry's `timeouts` limit how long a response and its body may take; independent of them, a response
 * may take at most five minutes after the last byte of the request was sent.
 *
 * @example
 * import { Registry } from 'oras-js';
 * import { createFetch } from 'oras-js/node';
 *
 * const client = new Registry({ fetch: await createFetch({ ca: '/etc/ssl/company.pem' }) });
 *
 * @throws Error when a file cannot be read, or is not a certificate or key
 * @throws RangeError when `connectTimeout` is negative or not a number
 */
export async function createFetch(options: NetworkOptions = {}): Promise<Fetch> {
  // Loaded on demand: most programs never need it.
  const { Agent, EnvHttpProxyAgent, fetch, ProxyAgent, proxyConnections } = await import('./undici.ts');
  const { insecureSkipVerify = false, guardPrivateAddresses: isGuarded = false, proxy = 'environment' } = options;
  const { connectTimeout: timeout = 10_000 } = options;
  if (!(timeout >= 0)) throw new RangeError(`connectTimeout must be a number from 0, not ${timeout}`);
  const [ca, cert, key] = await Promise.all([options.ca, options.cert, options.key].map(pem));
  // Node would silently ignore invalid certificate authorities.
  const authorities = ca && new X509Certificate(ca) && { ca: [...(await trustedAuthorities()), ca] };
  // Parsing all certificate authorities takes a tenth of a second, so it must not be repeated for every connection.
  const tls = (own: SecureContextOptions): ConnectSettings => ({
    // For undici, too, 0 and Infinity are no limit.
    timeout: Number.isFinite(timeout) ? timeout : 0,
    ...((authorities || own.cert || own.key) && { secureContext: createSecureContext({ ...authorities, ...own }) }),
    ...(insecureSkipVerify && { rejectUnauthorized: false }),
  });
  const requestTls = tls({ ...(cert && { cert }), ...(key && { key }) });
  if (insecureSkipVerify) {
    process.emitWarning(
      'Certificates are not verified: everything sent to registries can be read and changed on the way',
    );
  }
  const connect = { ...requestTls, ...(isGuarded && { lookup: publicLookup() }) };
  // The client certificate is for registries only; the proxy may belong to someone else.
  // Most proxies allow tunnels only for https, and forward requests for http.
  const throughProxy = { requestTls, proxyTls: tls({}), proxyTunnel: false, clientFactory: proxyConnections };
  // The Registry limits how long a body may stall: `timeouts.stall`.
  const direct = { connect, bodyTimeout: 0 };
  const proxied = { ...direct, ...throughProxy };
  const agent =
    proxy === 'none'
      ? new Agent(direct)
      : proxy === 'environment'
        ? new EnvHttpProxyAgent(proxied)
        : new ProxyAgent({ ...proxied, uri: proxy });
  const dispatcher = isGuarded ? agent.compose(guarded) : agent;
  return (url, init) => fetch(url, { ...init, dispatcher });
}

/** Options of a connection, with or without TLS. */
interface ConnectSettings {
  timeout: number;
  secureContext?: SecureContext;
  rejectUnauthorized?: boolean;
}

/** Checks every request, including those after a redirect. */
function guarded(dispatch: Dispatcher['dispatch']): Dispatcher['dispatch'] {
  return (options, handler) => {
    refusePrivate(options.origin ?? '');
    return dispatch(options, handler);
  };
}

async function pem(value: string | undefined): Promise<string | undefined> {
  return value === undefined || value.includes('-----BEGIN') ? value : readFile(value, 'utf8');
}
