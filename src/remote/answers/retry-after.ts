/** Seconds from here on are no wait but a time: as a wait, they would be more than thirty years. */
const firstTimestamp = 1e9;
/** From here on a time is in milliseconds: as seconds, it would be in the year 5138. */
const firstMilliseconds = 1e11;

/**
 * The wait of a `Retry-After` in milliseconds: its header has seconds or a date (RFC 9110, section 10.2.3), and from some
 * registries a fraction of seconds or a Unix timestamp, in seconds or in milliseconds. A time that has passed is 0.
 */
export function retryAfter(response: Response): number | undefined {
  const header = response.headers.get('retry-after');
  if (header === null) return undefined;
  const number = /^\d+(?:\.\d*)?$/.test(header) ? Number(header) : undefined;
  if (number !== undefined && number < firstTimestamp) return Math.ceil(number * 1000);
  // Date.parse makes dates of numbers as well.
  const date = /^[a-z]/i.test(header) ? Date.parse(header) : Number.NaN;
  const time = number === undefined ? date : number * (number < firstMilliseconds ? 1000 : 1);
  const wait = Math.ceil(time - Date.now());
  return Number.isFinite(wait) ? Math.max(0, wait) : undefined;
}
