import type { AbortOptions } from '../options.ts';
import { responseError } from './response.ts';
import type { Send } from './transport.ts';

/**
 * Asks whether a registry is there and lets its user in (distribution-spec, end-1). Some registries do not know the
 * address and answer 404, which is fine.
 *
 * @throws UnauthorizedError when it wants credentials, or refuses those it got
 * @throws NetworkError when no answer comes
 */
export async function ping(send: Send, origin: string, options: AbortOptions = {}): Promise<void> {
  const url = `${origin}/v2/`;
  const response = await send('GET', url, { signal: options.signal });
  if (response.status !== 200 && response.status !== 404) {
    throw await responseError(response, { method: 'GET', url, what: `Cannot use ${new URL(origin).host}` });
  }
  await response.body?.cancel();
}
