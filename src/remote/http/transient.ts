import { isOrasError } from '../../errors.ts';
import { isCallers } from '../../target/callers.ts';
import { isPermanent } from '../answers/network-error.ts';
import { retryAfter } from '../answers/retry-after.ts';
import type { TransportSettings } from './settings.ts';

/** Statuses of transient error responses: a retry may succeed. */
const retriedStatuses: readonly number[] = [408, 429, 500, 502, 503, 504];

/** Tells whether a response is a transient error response. With a `Retry-After` above `maxRetryAfter` it is not. */
export function isTransientResponse(
  response: Response,
  { maxRetryAfter }: Pick<TransportSettings['retry'], 'maxRetryAfter'>,
): boolean {
  return retriedStatuses.includes(response.status) && (retryAfter(response) ?? 0) <= maxRetryAfter;
}

/**
 * Tells whether an error is transient, so that a retry may succeed: a network failure that is not permanent, or an
 * error response of an overloaded registry. A rate limit with a `Retry-After` above `maxRetryAfter` is not transient.
 */
export function isTransient(
  error: unknown,
  { maxRetryAfter }: Pick<TransportSettings['retry'], 'maxRetryAfter'>,
): boolean {
  if (isCallers(error)) return false;
  if (isOrasError(error, 'NETWORK')) return !isPermanent(error.cause);
  if (isOrasError(error, 'RATE_LIMITED')) return (error.retryAfter ?? 0) <= maxRetryAfter;
  return isOrasError(error, 'REGISTRY') && error.code === 'REGISTRY' && retriedStatuses.includes(error.status);
}
