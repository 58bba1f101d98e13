import { isOrasError } from '../../errors.ts';
import { isCallers } from '../../target/callers.ts';
import { isLasting } from '../answers/network-error.ts';
import { retryAfter } from '../answers/retry-after.ts';
import type { TransportSettings } from './settings.ts';

/** Statuses of refusals that may pass: the same request may get another answer soon. */
const retriedStatuses: readonly number[] = [408, 429, 500, 502, 503, 504];

/** Tells whether an answer is a refusal that may pass, unless it asks for a longer wait than `maxRetryAfter`. */
export function isPassingRefusal(
  response: Response,
  { maxRetryAfter }: Pick<TransportSettings['retry'], 'maxRetryAfter'>,
): boolean {
  return retriedStatuses.includes(response.status) && (retryAfter(response) ?? 0) <= maxRetryAfter;
}

/**
 * Tells whether the same request may succeed later: after a network failure that is not a lasting one, and after a
 * refusal that the registry's load explains, unless a rate limit lasts for longer than `maxRetryAfter`.
 */
export function isPassing(
  error: unknown,
  { maxRetryAfter }: Pick<TransportSettings['retry'], 'maxRetryAfter'>,
): boolean {
  if (isCallers(error)) return false;
  if (isOrasError(error, 'NETWORK')) return !isLasting(error.cause);
  if (isOrasError(error, 'RATE_LIMITED')) return (error.retryAfter ?? 0) <= maxRetryAfter;
  return isOrasError(error, 'REGISTRY') && error.code === 'REGISTRY' && retriedStatuses.includes(error.status);
}
