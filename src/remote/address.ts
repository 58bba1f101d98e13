/** Names that lead into a private network by their ending (RFC 6761, RFC 8375, and what clouds call theirs). */
const privateNames = /(?:^|\.)(?:localhost|local|internal|home\.arpa)$/;

/** IPv4 ranges that are not on the public internet (RFC 6890): first address and prefix length. */
const privateRanges: readonly [string, number][] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
];

/**
 * Tells whether a host of a parsed URL is in a private network, on this machine, or a cloud's metadata service, by its
 * address or by its name. `URL` has turned every spelling of an address (`0x7f.1`, `2130706433`) into its usual one.
 * What a public name resolves to is not known here.
 */
export function isPrivateHost(hostname: string): boolean {
  const host = hostname.toLowerCase().replace(/\.+$/, '');
  if (host.startsWith('[')) return isPrivateV6(host.slice(1, -1));
  const v4 = numberOf(host);
  if (v4 !== undefined) return isPrivateV4(v4);
  return !host.includes('.') || privateNames.test(host);
}

function isPrivateV4(address: number): boolean {
  return privateRanges.some(
    ([first, length]) => address >>> (32 - length) === (numberOf(first) ?? 0) >>> (32 - length),
  );
}

/** `URL` writes an IPv4 address inside IPv6 in hexadecimal: `[::ffff:a9fe:a9fe]`. */
function isPrivateV6(address: string): boolean {
  const mapped = /^(?:::ffff:|64:ff9b::|::)([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(address);
  if (mapped) {
    const [, high = '', low = ''] = mapped;
    return isPrivateV4(((Number.parseInt(high, 16) << 16) | Number.parseInt(low, 16)) >>> 0);
  }
  return /^(?:::1?$|f[cd]|fe[89a-f]|ff|64:ff9b:1:)/.test(address);
}

function numberOf(address: string): number | undefined {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(address)?.slice(1).map(Number);
  return parts?.reduce((sum, part) => sum * 256 + part, 0);
}
