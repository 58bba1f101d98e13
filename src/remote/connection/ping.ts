import { NotARegistryError } from '../../errors.ts';
import type { AbortOptions } from '../../options.ts';
import { responseError } from '../answers/error-response.ts';
import { withoutQuery } from '../answers/network-error.ts';
import { hasWebPage, webPageError } from '../answers/web-page.ts';
import { authorizationOf, type Credential, type CredentialSource } from '../auth/credentials.ts';
import type { Send } from '../http/fetch.ts';

/**
 * Checks that a registry answers and accepts the credentials (distribution-spec, end-1). Some registries do not
 * implement the endpoint and answer 404, which counts as success.
 *
 * @throws UnauthorizedError when it requires credentials, or refuses those it got
 * @throws NotARegistryError when it answers with a web page, or redirects to another origin
 * @throws NetworkError when there is no response
 */
export async function ping(send: Send, origin: string, options: AbortOptions = {}): Promise<void> {
  const url = `${origin}/v2/`;
  const { signal } = options;
  const response = await send('GET', url, { signal });
  if (!response.ok && response.status !== 404) {
    throw await responseError(response, { method: 'GET', url, what: whatFor(url), signal });
  }
  await requireRegistry(response, url, signal);
}

/**
 * Why the response of a base endpoint is not that of a registry: a web page without a registry's header or challenge,
 * or a redirect to another origin. The content type alone proves nothing. Reads the body.
 *
 * @throws NetworkError when the body fails
 */
export async function registryProblem(
  response: Response,
  url: string,
  signal: AbortSignal | undefined,
): Promise<NotARegistryError | undefined> {
  const { headers, status } = response;
  const from = new URL(response.url || url).origin;
  const isPage = await hasWebPage(response, { method: 'GET', url, signal });
  if (from !== new URL(url).origin) {
    const init = { status, method: 'GET', url: withoutQuery(url), errors: [] };
    return new NotARegistryError(`${whatFor(url)}: it redirects to ${from}, and does not answer as a registry`, init);
  }
  const isRegistry = headers.has('docker-distribution-api-version') || headers.has('www-authenticate');
  return isPage && !isRegistry ? webPageError(whatFor(url), status, url) : undefined;
}

async function requireRegistry(response: Response, url: string, signal: AbortSignal | undefined): Promise<void> {
  const problem = await registryProblem(response, url, signal);
  if (problem) throw problem;
}

function whatFor(url: string): string {
  return `Cannot use ${new URL(url).host}`;
}

/**
 * A sender that tests a credential. A registry that allows anonymous access gets it too, so that it can refuse it. A
 * registry that ignores the credential looks the same as one that accepts it.
 *
 * @throws RegistryError for a 404, which tells nothing about the credential
 */
export function withTrialCredential(
  sender: (credentials: CredentialSource) => Send,
  credential: Credential,
  host: string,
): Send {
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
    await requireRegistry(response, url, options.signal);
    return send(method, url, { ...options, headers: { authorization } });
  };
}
