import { readFile } from 'node:fs/promises';
import * as tls from 'node:tls';

/**
 * The authorities that Node trusts by default, as PEM: a `ca` option replaces them, so it has to name them too. What
 * `NODE_EXTRA_CA_CERTS` adds is among them.
 */
export async function trustedAuthorities(): Promise<readonly string[]> {
  // Since Node 22.15; before, only what is built in can be asked for.
  const { getCACertificates } = tls as { getCACertificates?: (type: 'default') => string[] };
  if (getCACertificates) return getCACertificates('default');
  const extra = process.env.NODE_EXTRA_CA_CERTS;
  // Node warns of a file that it cannot read, and goes on without.
  const more = extra ? await readFile(extra, 'utf8').catch(() => undefined) : undefined;
  return more === undefined ? tls.rootCertificates : [...tls.rootCertificates, more];
}
