import type { Backoff } from './backoff.ts';
import type { Fetch } from './fetch.ts';
import { isPassingRefusal } from './passing.ts';
import { retryAfter } from './retry-after.ts';
import type { TransportSettings } from './settings.ts';

/** The same fetch, but waiting with all other requests that share the back-off for as long as the registry asked for. */
export function withSharedWait(fetch: Fetch, retry: TransportSettings['retry'], backoff: Backoff): Fetch {
  return async (url, init) => {
    await backoff.ready(init?.signal);
    const response = await fetch(url, init);
    if (isPassingRefusal(response, retry)) backoff.hold(retryAfter(response) ?? 0);
    return response;
  };
}
