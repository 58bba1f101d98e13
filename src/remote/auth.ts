import { type Challenge, parseChallenges } from './challenge.ts';
import { basicAuthorization, type CredentialSource, findCredential } from './credentials.ts';
import { mergeScopes } from './scopes.ts';
import { fetchToken, type Token } from './tokens.ts';
import type { Fetch, FetchInit } from './transport.ts';

/** Whom {@link withAuth} authenticates to. */
export interface AuthOptions {
  /** Host as in the reference; what a credential is looked up by. */
  host: string;
  /** Origin of the registry: `https://ghcr.io`. Nothing is sent to any other. */
  origin: string;
  /** Where the credential comes from; without it, access is anonymous. */
  credentials: CredentialSource | undefined;
}

/**
 * A fetch that answers a registry's challenges: anonymous first, then as the registry asks (Basic, or a Bearer token
 * for the scopes of the request), and from then on right away. Requests to another origin pass through untouched.
 */
export function withAuth(fetch: Fetch, options: AuthOptions): Fetch {
  const session = new Session(fetch, options);
  return async (url, init = {}) => {
    if (new URL(url).origin !== options.origin) return fetch(url, init);
    const first = await session.authorization(init);
    const response = await fetch(url, authorized(init, first));
    // Whom the registry sent us to asks for itself, and gets no credentials of the registry.
    const foreign = response.url !== '' && new URL(response.url).origin !== options.origin;
    if (response.status !== 401 || foreign) return response;
    const second = await session.answer(response.headers.get('www-authenticate'), init, first);
    if (second === undefined) return response;
    await response.body?.cancel();
    return fetch(url, authorized(init, second));
  };
}

function authorized(init: FetchInit, authorization: string | undefined): FetchInit {
  if (authorization === undefined) return init;
  const headers = new Headers(init.headers);
  headers.set('authorization', authorization);
  return { ...init, headers };
}

/** What one registry has asked for so far, and the tokens it gave. */
class Session {
  readonly #fetch: Fetch;
  readonly #options: AuthOptions;
  readonly #tokens = new Map<string, Token>();
  /** The scopes the registry wants, by those a request names: it may ask for more. */
  readonly #wanted = new Map<string, string[]>();
  #challenge: Challenge | undefined;

  constructor(fetch: Fetch, options: AuthOptions) {
    this.#fetch = fetch;
    this.#options = options;
  }

  /** The header for a request as far as it is known beforehand. */
  async authorization(init: FetchInit): Promise<string | undefined> {
    const named = mergeScopes(...(init.scopes ?? []));
    return this.#challenge && this.#authorize(this.#challenge, this.#wanted.get(named.join(' ')) ?? named, init);
  }

  /** The header a refused request should be sent again with; undefined when there is no other to try. */
  async answer(header: string | null, init: FetchInit, refused: string | undefined): Promise<string | undefined> {
    const challenges = parseChallenges(header);
    const challenge =
      challenges.find(({ scheme }) => scheme === 'bearer') ?? challenges.find(({ scheme }) => scheme === 'basic');
    if (!challenge) return undefined;
    const named = mergeScopes(...(init.scopes ?? []));
    const scopes = mergeScopes(...named, ...(challenge.parameters.get('scope')?.split(' ') ?? []));
    this.#wanted.set(named.join(' '), scopes);
    const key = scopes.join(' ');
    // Another request may have replaced the refused token already.
    if (refused === `Bearer ${this.#tokens.get(key)?.value}`) this.#tokens.delete(key);
    this.#challenge = challenge;
    const answer = await this.#authorize(challenge, scopes, init);
    return answer === refused ? undefined : answer;
  }

  async #authorize(challenge: Challenge, scopes: string[], init: FetchInit): Promise<string | undefined> {
    const { credentials, host } = this.#options;
    const credential = await findCredential(credentials, host, scopes);
    if (credential && 'token' in credential) return `Bearer ${credential.token}`;
    if (challenge.scheme === 'basic') {
      if (!credential || !('password' in credential)) return undefined;
      return basicAuthorization(credential.username, credential.password);
    }
    const key = scopes.join(' ');
    const cached = this.#tokens.get(key);
    if (cached && cached.expires > Date.now()) return `Bearer ${cached.value}`;
    const request = { registry: this.#options.origin, challenge, scopes, credential, signal: init.signal ?? undefined };
    const token = await fetchToken(this.#fetch, request);
    this.#tokens.set(key, token);
    return `Bearer ${token.value}`;
  }
}
