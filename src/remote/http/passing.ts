import { retryAfter } from './retry-after.ts';
import type { TransportSettings } from './settings.ts';

/** Statuses of refusals that may pass: the same request may get another answer soon. */
export const retriedStatuses: readonly number[] = [408, 429, 500, 502, 503, 504];

/** Tells whether an answer is a refusal that may pass, unless it asks for a longer wait than `maxRetryAfter`. */
export function isPassingRefusal(response: Response, { maxRetryAfter }: TransportSettings['retry']): boolean {
  return retriedStatuses.includes(response.status) && (retryAfter(response) ?? 0) <= maxRetryAfter;
}
