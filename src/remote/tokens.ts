import { readAll } from '../bytes/streams.ts';
import { RegistryError, UnauthorizedError } from '../errors.ts';
import type { AbortOptions } from '../options.ts';
import type { Challenge } from './challenge.ts';
import { basicAuthorization, type Credential } from './credentials.ts';
import { responseError } from './response.ts';
import { type Fetch, toNetworkError, withoutQuery } from './transport.ts';

const largestAnswer = 128 * 1024;
/** Seconds a token lives when its answer does not say (distribution's token specification), and at most. */
const lifetime = { default: 60, longest: 3600 };
/** Registries whose token service is known to be on another host. */
const knownTokenHosts: Record<string, string> = {
  'registry-1.docker.io': 'auth.docker.io',
  'registry.gitlab.com': 'gitlab.com',
};

/** A bearer token, and until when it may be used. */
export interface Token {
  /** The token. */
  value: string;
  /** When to stop using it: milliseconds since 1970 by the local clock. */
  expires: number;
}

/** What a token is asked for. */
export interface TokenRequest extends AbortOptions {
  /** URL of the registry that sent the challenge. */
  registry: string;
  /** The challenge. */
  challenge: Challenge;
  /** The scopes asked for. */
  scopes: readonly string[];
  /** Who asks; undefined for anonymous. */
  credential: Credential | undefined;
}

/**
 * Gets a token as a Bearer challenge asks for it: one GET to its realm (distribution's token specification).
 *
 * @throws UnauthorizedError when the realm must not be asked, or refuses the credential
 */
export async function fetchToken(fetch: Fetch, request: TokenRequest): Promise<Token> {
  const { challenge, credential, scopes, signal } = request;
  const url = tokenUrl(request);
  const service = challenge.parameters.get('service');
  if (service !== undefined) url.searchParams.set('service', service);
  for (const scope of scopes) url.searchParams.append('scope', scope);
  const password = credential && 'password' in credential ? credential : undefined;
  const headers = password ? { authorization: basicAuthorization(password.username, password.password) } : {};
  const init = { headers, credentials: 'omit', redirect: 'error', signal: signal ?? null } as const;
  const started = Date.now();
  const response = await fetch(url.href, init).catch((error: unknown) => {
    signal?.throwIfAborted();
    throw toNetworkError(error, 'GET', url.href);
  });
  if (!response.ok) {
    throw await responseError(response, { method: 'GET', url: url.href, what: `Cannot get a token from ${url.host}` });
  }
  return readToken(response, url.href, started, signal);
}

/** The realm, when it may be asked: https unless the registry itself is http, and no other host with credentials. */
function tokenUrl({ registry, challenge, credential }: TokenRequest): URL {
  const from = new URL(registry);
  const realm = challenge.parameters.get('realm') ?? '';
  const refuse = (why: string): never => {
    throw new UnauthorizedError(`${from.host} sends its users to a token service that is not trusted: ${why}`, {
      status: 401,
      method: 'GET',
      url: withoutQuery(registry),
      errors: [],
    });
  };
  if (!/^https?:\/\//i.test(realm) || !URL.canParse(realm)) refuse('its realm is no http or https address');
  const url = new URL(realm);
  if (url.username || url.password) refuse('its realm has credentials in it');
  if (url.protocol === 'http:' && from.protocol === 'https:') refuse(`its realm on ${url.host} is not https`);
  const known = url.hostname === from.hostname || knownTokenHosts[from.hostname] === url.hostname;
  if (credential && !known) refuse(`${url.host} is another host, and would get the credentials of ${from.host}`);
  return url;
}

async function readToken(response: Response, url: string, started: number, signal?: AbortSignal): Promise<Token> {
  const bytes = response.body ? await readAll(response.body, largestAnswer, signal) : new Uint8Array();
  let answer: { token?: unknown; access_token?: unknown; expires_in?: unknown } = {};
  try {
    answer = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    // An answer that is no JSON has no token, which is said below.
  }
  const value = answer?.access_token || answer?.token;
  // A token becomes a header: nothing but visible characters may be in it.
  if (typeof value !== 'string' || !/^[\x21-\x7e]+$/.test(value)) {
    const { host } = new URL(url);
    const init = { status: response.status, method: 'GET', url: withoutQuery(url), errors: [] };
    throw new RegistryError(`The token service ${host} answered without a usable token`, init);
  }
  const seconds = typeof answer.expires_in === 'number' && answer.expires_in > 0 ? answer.expires_in : lifetime.default;
  return { value, expires: started + Math.min(seconds, lifetime.longest) * 900 };
}
