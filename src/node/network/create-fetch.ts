import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';
import type { Fetch } from '../../remote/http/fetch.ts';
import { trustedAuthorities } from './authorities.ts';
import { publicLookup, refusePrivate } from './guard.ts';
import type { Dispatcher } from './undici.ts';

/** How {@link createFetch} reaches registries. */
export interface NetworkOptions {
  /** Certificates of authorities to trust besides the system's: PEM text, or the path of a PEM file. Default: none. */
  ca?: string | undefined;
  /** The client's own certificate: PEM text or a path. Default: none. */
  cert?: string | undefined;
  /** The private key of `cert`: PEM text or a path. Default: none. */
  key?: string | undefined;
  /**
   * Trusts every certificate, so that anybody on the way can read and change everything, credentials too. Node prints
   * a warning. Default false.
   */
  insecureSkipVerify?: boolean | undefined;
  /**
   * Proxy to go through: its address; `environment` for what `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` say; or `none`.
   * Default `environment`.
   */
  proxy?: string | undefined;
  /**
   * Milliseconds until a connection must be there, with its TLS; to a proxy, and through it, each has as many. 0 is no
   * limit. Default 10,000.
   */
  connectTimeout?: number | undefined;
  /**
   * Refuses to connect to private networks, to this machine and to what only has a private name, also when a public
   * name leads there or a registry redirects there. For a client of public registries that works for others. Of what a
   * proxy connects to only the name is checked; the proxy itself may be anywhere. Default false.
   */
  guardPrivateAddresses?: boolean | undefined;
}

/**
 * A fetch with its own authorities, client certificate or proxy, for the `fetch` option of a Registry. How long an answer
 * and its body may take is said there, by `timeouts`; but an answer that is five minutes away, counted from the last
 * bytes that could be sent, is given up in any case.
 *
 * @example
 * import { Registry } from 'oras-js';
 * import { createFetch } from 'oras-js/node';
 *
 * const client = new Registry({ fetch: await createFetch({ ca: '/etc/ssl/company.pem' }) });
 *
 * @throws Error when a file cannot be read, or is not what it should be
 * @throws RangeError when `connectTimeout` is negative or no number
 */
export async function createFetch(options: NetworkOptions = {}): Promise<Fetch> {
  // Loaded on demand: most programs never need it.
  const { Agent, EnvHttpProxyAgent, fetch, ProxyAgent, proxyConnections } = await import('./undici.ts');
  const { insecureSkipVerify = false, guardPrivateAddresses: isGuarded = false, proxy = 'environment' } = options;
  const { connectTimeout: timeout = 10_000 } = options;
  if (!(timeout >= 0)) throw new RangeError(`connectTimeout must be a number from 0, not ${timeout}`);
  const [ca, cert, key] = await Promise.all([options.ca, options.cert, options.key].map(pem));
  // Authorities that cannot be read would be passed over in silence.
  const authorities = ca && new X509Certificate(ca) && { ca: [...(await trustedAuthorities()), ca] };
  // Reading all authorities takes a tenth of a second, so that it must not be done for every connection.
  const tls = (own: SecureContextOptions): ConnectSettings => ({
    // Without an end is none for undici, too.
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
  // The client's own certificate is for registries only, and a proxy may be anywhere.
  // Most proxies give tunnels to https only, and take plain requests for http.
  const throughProxy = { requestTls, proxyTls: tls({}), proxyTunnel: false, clientFactory: proxyConnections };
  // The Registry limits how long a body may pause: `timeouts.stall`.
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

/** What a connection is made with, over TLS or not. */
interface ConnectSettings {
  timeout: number;
  secureContext?: SecureContext;
  rejectUnauthorized?: boolean;
}

/** Sees every request, also those that a redirect leads to. */
function guarded(dispatch: Dispatcher['dispatch']): Dispatcher['dispatch'] {
  return (options, handler) => {
    refusePrivate(options.origin ?? '');
    return dispatch(options, handler);
  };
}

async function pem(value: string | undefined): Promise<string | undefined> {
  return value === undefined || value.includes('-----BEGIN') ? value : readFile(value, 'utf8');
}
