/**
 * Suffixes of names in private networks: RFC 6761, RFC 6762 (appendix G), RFC 8375, and those of clouds, routers and
 * Kubernetes services.
 */
const privateNames = /(?:^|\.)(?:localhost|local|internal|home\.arpa|lan|corp|home|private|intranet|localdomain|svc)$/;

/**
 * IPv4 ranges outside the public internet, as first address and prefix length: IANA's special-purpose registry (RFC
 * 6890), multicast and reserved addresses. 168.63.129.16 is a platform service of Azure in a public range.
 */
const privateRanges: readonly [string, number][] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['168.63.129.16', 32],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
];

/**
 * Prefixes of IPv6 addresses with an embedded IPv4 address: mapped, translated (RFC 2765), NAT64, compatible, and 6to4.
 */
const embedding = /^(?:0{20}ffff|0{16}ffff0000|0064ff9b0{16}|0{24}|2002)([0-9a-f]{8})/;
/** Public IPv6 addresses are in 2000::/3, except 2001::/23 (with Teredo), 2001:db8::/32 and 3fff::/20. */
const publicV6 = /^(?!20010[01]|20010db8|3fff0)[23]/;

/** The usual names of this machine, as `URL` writes them. */
export const loopbackHosts: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];
/**
 * All loopback hosts, as `URL` writes them, including IPv4 addresses mapped into IPv6, which reach the same machine.
 */
const loopback = /^(?:localhost|127(?:\.\d+){3}|\[::1\]|\[::ffff:7f[\da-f]{2}:[\da-f]{1,4}\])$/;

/**
 * Tells whether a host of a parsed URL is in a private network, on this machine, or a cloud's metadata service, by its
 * address or name. `URL` has already normalized every spelling of an address (`0x7f.1`, `2130706433`). Names are not
 * resolved.
 */
export function isPrivateHost(hostname: string): boolean {
  const host = withoutDots(hostname);
  const digits = host.startsWith('[') ? digitsOf(host) : undefined;
  const embedded = digits && embedding.exec(digits)?.[1];
  const v4 = embedded ? Number.parseInt(embedded, 16) : numberOf(host);
  if (v4 !== undefined) return isPrivateV4(v4);
  if (digits) return !publicV6.test(digits);
  return !host.includes('.') || privateNames.test(host);
}

/**
 * Tells whether a host of a parsed URL is a loopback address or `localhost`. Names below `localhost` are not, because
 * many resolvers ask other machines for them.
 */
export function isLoopbackHost(hostname: string): boolean {
  return loopback.test(withoutDots(hostname));
}

function withoutDots(hostname: string): string {
  return hostname.toLowerCase().replace(/\.+$/, '');
}

function isPrivateV4(address: number): boolean {
  return privateRanges.some(
    ([first, length]) => address >>> (32 - length) === (numberOf(first) ?? 0) >>> (32 - length),
  );
}

/** All 32 hex digits of an IPv6 address in brackets, as `URL` writes it; `::` is expanded. */
function digitsOf(host: string): string {
  const [head = '', tail = ''] = host
    .slice(1, -1)
    .split('::')
    .map((groups) => groups.replace(/([^:]+):?/g, (_, group: string) => group.padStart(4, '0')));
  return head + tail.padStart(32 - head.length, '0');
}

function numberOf(address: string): number | undefined {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(address)?.slice(1).map(Number);
  return parts?.reduce((sum, part) => sum * 256 + part, 0);
}
