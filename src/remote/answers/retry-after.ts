/** From here on a number of seconds is a Unix timestamp: as a delay it would be more than thirty years. */
const firstTimestamp = 1e9;
/** From here on a timestamp is in milliseconds: in seconds it would be in the year 5138. */
const firstMilliseconds = 1e11;

/**
 * The delay of a `Retry-After` header in milliseconds; undefined when there is none. The header has seconds or a date
 * (RFC 9110, section 10.2.3). Some registries send a fraction of seconds, or a Unix timestamp in seconds or
 * milliseconds. A time in the past gives 0.
 */
export function retryAfter(response: Response): number | undefined {
  const header = response.headers.get('retry-after');
  if (header === null) return undefined;
  const number = /^\d+(?:\.\d*)?$/.test(header) ? Number(header) : undefined;
  if (number !== undefined && number < firstTimestamp) return Math.ceil(number * 1000);
  // Date.parse also accepts plain numbers.
  const date = /^[a-z]/i.test(header) ? Date.parse(header) : Number.NaN;
  const time = number === undefined ? date : number * (number < firstMilliseconds ? 1000 : 1);
  const wait = Math.ceil(time - Date.now());
  return Number.isFinite(wait) ? Math.max(0, wait) : undefined;
}
