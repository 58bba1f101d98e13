import { readFile } from 'node:fs/promises';
import * as tls from 'node:tls';

/**
 * The certificate authorities that Node trusts by default, as PEM, including `NODE_EXTRA_CA_CERTS`: a `ca` option
 * replaces them, so they must be part of it.
 */
export async function trustedAuthorities(): Promise<readonly string[]> {
  // Available since Node 22.15; before, only the bundled ones can be listed.
  const { getCACertificates } = tls as { getCACertificates?: (type: 'default') => string[] };
  if (getCACertificates) return getCACertificates('default');
  const extra = process.env.NODE_EXTRA_CA_CERTS;
  // Node warns about a file that it cannot read, and continues without it.
  const more = extra ? await readFile(extra, 'utf8').catch(() => undefined) : undefined;
  return more === undefined ? tls.rootCertificates : [...tls.rootCertificates, more];
}
