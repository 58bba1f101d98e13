/**
 * Names that lead into a private network by their ending: RFC 6761, RFC 6762 (appendix G), RFC 8375, what clouds and
 * routers call theirs, and Kubernetes its services.
 */
const privateNames = /(?:^|\.)(?:localhost|local|internal|home\.arpa|lan|corp|home|private|intranet|localdomain|svc)$/;

/**
 * IPv4 ranges that are not on the public internet, as first address and prefix length: IANA's special-purpose registry
 * (RFC 6890) with multicast and what is reserved. Azure has a service of its machines in a public range.
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

/** What is before an IPv4 address inside an IPv6 one: mapped, translated (RFC 2765), NAT64, compatible, and 6to4. */
const embedding = /^(?:0{20}ffff|0{16}ffff0000|0064ff9b0{16}|0{24}|2002)([0-9a-f]{8})/;
/** The public ones are in 2000::/3, without 2001::/23 (with Teredo), 2001:db8::/32 and 3fff::/20. */
const publicV6 = /^(?!20010[01]|20010db8|3fff0)[23]/;

/** What this machine calls itself most often, as `URL` writes it. */
export const loopbackHosts: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];
/** All of its own addresses, as `URL` writes them: an IPv4 address that is mapped into IPv6 is connected to as what it is. */
const loopback = /^(?:localhost|127(?:\.\d+){3}|\[::1\]|\[::ffff:7f[\da-f]{2}:[\da-f]{1,4}\])$/;

/**
 * Tells whether a host of a parsed URL is in a private network, on this machine, or a cloud's metadata service, by its
 * address or by its name. `URL` has turned every spelling of an address (`0x7f.1`, `2130706433`) into its usual one.
 * What a public name resolves to is not known here.
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
 * Tells whether a host of a parsed URL is this machine: an address of its loopback, or `localhost`. Names below
 * `localhost` are not, as many resolvers ask others for them.
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

/** All 32 digits of an IPv6 address in brackets, as `URL` writes it: `::` stands for what is missing. */
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
