import { lookup as systemLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { isPrivateHost } from '../../remote/trust/address.ts';
import { urlHost } from '../system/url-host.ts';

/**
 * A lookup that fails for a host with any address in a private network. What it gives is what is connected to, so that
 * a name cannot be public when it is checked and private when it is used.
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

/** Fails when a URL says by itself that it leads into a private network; names are left to the lookup.
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
