/** `Retry-After` in milliseconds; it is in seconds or a date (RFC 9110, section 10.2.3). */
export function retryAfter(response: Response): number | undefined {
  const header = response.headers.get('retry-after');
  if (header === null) return undefined;
  // Date.parse makes dates of numbers as well.
  const date = /^[a-z]/i.test(header) ? Date.parse(header) : Number.NaN;
  const milliseconds = /^\d+$/.test(header) ? Number(header) * 1000 : date - Date.now();
  return Number.isFinite(milliseconds) ? Math.max(0, milliseconds) : undefined;
}
