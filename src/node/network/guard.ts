import { lookup as systemLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { isPrivateHost } from '../../remote/trust/address.ts';
import { urlHost } from '../system/url-host.ts';

/**
 * A DNS lookup that fails if any address of a host is in a private network. The connection uses the checked addresses,
 * so a name cannot resolve to a public address for the check and to a private one for the connection (DNS rebinding).
 */
export function publicLookup(lookup: LookupFunction = systemLookup): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, options, (error, address, family) => {
      const found = typeof address === 'string' ? [address] : (address ?? []).map((one) => one.address);
      const refused = error ?? (found.some((one) => isPrivateHost(urlHost(one))) ? privateError(hostname) : null);
      callback(refused, address, family);
    });
  };
}

/** Rejects a URL whose host is a private address or a private name; other names are checked by the lookup.
 *
 * @throws Error with the code `EACCES`
 */
export function refusePrivate(url: string | URL): void {
  const { hostname } = new URL(url);
  if (isPrivateHost(hostname)) throw privateError(hostname);
}

function privateError(hostname: string): NodeJS.ErrnoException {
  const message = `${hostname} is in a private network, which guardPrivateAddresses does not allow`;
  return Object.assign(new Error(message), { code: 'EACCES' });
}
