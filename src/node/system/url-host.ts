/** An IPv6 address as it is in a URL. */
export function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/** A name or an address as a parsed URL has it, which is the one way that its host is compared in. */
export function urlHost(host: string): string {
  // The interface after % is no part of an address.
  const url = `http://${bracketed(host.replace(/%.*/, ''))}`;
  return URL.canParse(url) ? new URL(url).hostname : host;
}
