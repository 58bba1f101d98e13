/** An IPv6 address in the form of a URL, in brackets. */
export function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/** A name or an address, normalised as in a parsed URL, to compare hosts. */
export function urlHost(host: string): string {
  // The zone after % is not part of the address.
  const url = `http://${bracketed(host.replace(/%.*/, ''))}`;
  return URL.canParse(url) ? new URL(url).hostname : host;
}
