import type { AbortOptions } from '../options.ts';
import { authorizationOf, type Credential, type CredentialSource } from './credentials.ts';
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
  const { signal } = options;
  const response = await send('GET', url, { signal });
  if (!response.ok && response.status !== 404) {
    throw await responseError(response, { method: 'GET', url, what: `Cannot use ${new URL(origin).host}`, signal });
  }
  await response.body?.cancel();
}

/**
 * What tries a credential out, over a sender for it: a registry that lets everybody in gets it all the same, so that it
 * can refuse it. One that ignores it cannot be told from one that takes it.
 *
 * @throws RegistryError for a 404, which says nothing of the credential
 */
export function trying(sender: (credentials: CredentialSource) => Send, credential: Credential, host: string): Send {
  return async (method, url, options = {}) => {
    let isAsked = false;
    const send = sender(() => {
      isAsked = true;
      return credential;
    });
    const response = await send(method, url, options);
    if (response.status === 404) {
      const what = `Cannot find out whether ${host} takes these credentials`;
      throw await responseError(response, { method, url, what, signal: options.signal });
    }
    const authorization = response.ok && !isAsked && authorizationOf(credential, host);
    if (!authorization) return response;
    await response.body?.cancel();
    return send(method, url, { ...options, headers: { authorization } });
  };
}
