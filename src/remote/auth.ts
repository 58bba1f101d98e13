import { type Challenge, parseChallenges } from './challenge.ts';
import { basicAuthorization, type Credential, type CredentialSource, findCredential } from './credentials.ts';
import { mergeScopes } from './scopes.ts';
import { TokenCache } from './token-cache.ts';
import { fetchToken, type Token } from './tokens.ts';
import type { Fetch, FetchInit, Send } from './transport.ts';

/** Whom {@link withAuth} authenticates to. */
export interface AuthOptions {
  /** Host as in the reference; what a credential is looked up by. */
  host: string;
  /** Origin of the registry: `https://ghcr.io`. Nothing is sent to any other. */
  origin: string;
  /** Where the credential comes from; without it, access is anonymous. */
  credentials: CredentialSource | undefined;
  /** What sends the requests for tokens. */
  send: Send;
  /** Origins of token services that may get the credential besides the registry's own host. */
  realms: readonly string[];
  /** The registry's challenge, for where it cannot be read. */
  challenge: string | undefined;
}

/**
 * A fetch that answers a registry's challenges: anonymous first, then as the registry asks (Basic, or a Bearer token
 * for the scopes of the request), and from then on right away. Requests to another origin, and those that bring their
 * own authorization, pass through untouched.
 */
export function withAuth(fetch: Fetch, options: AuthOptions): Fetch {
  const session = new Session(options);
  return async (url, init = {}) => {
    if (new URL(url).origin !== options.origin || new Headers(init.headers).has('authorization'))
      return fetch(url, init);
    let sent = await session.authorization(init);
    const ask = async (): Promise<Response> => withChallenge(await fetch(url, authorized(init, sent?.header)), options);
    let response = await ask();
    // A cached token may have been refused, and a new one may be too small: the third request is the last.
    for (let again = 0; again < 2 && isChallenge(response, options.origin); again++) {
      const next = await session.answer(response.headers.get('www-authenticate'), init, sent, again > 0);
      if (!next) break;
      await response.body?.cancel();
      sent = next;
      response = await ask();
    }
    return response;
  };
}

/** Whom the registry sent us to asks for itself, and gets no credentials of the registry. */
function isChallenge(response: Response, origin: string): boolean {
  return response.status === 401 && (response.url === '' || new URL(response.url).origin === origin);
}

/** The answer with the registry's challenge in it, where that is known but cannot be read. */
function withChallenge(response: Response, { challenge, origin }: AuthOptions): Response {
  const { headers: given } = response;
  if (challenge === undefined || given.has('www-authenticate') || !isChallenge(response, origin)) return response;
  const headers = new Headers(given);
  headers.set('www-authenticate', challenge);
  return new Response(response.body, { status: response.status, headers });
}

function authorized(init: FetchInit, authorization: string | undefined): FetchInit {
  if (authorization === undefined) return init;
  const headers = new Headers(init.headers);
  headers.set('authorization', authorization);
  return { ...init, headers };
}

/** An `Authorization` header, and the scopes it is for. */
interface Authorization {
  header: string;
  scopes: string;
}

/** What one registry has asked for so far, and the tokens it gave. */
class Session {
  readonly #options: AuthOptions;
  readonly #tokens = new TokenCache();
  /** The scopes the registry wants, by those a request names: it may ask for more. */
  readonly #wanted = new Map<string, string[]>();
  #challenge: Challenge | undefined;

  constructor(options: AuthOptions) {
    this.#options = options;
  }

  /** The header for a request as far as it is known beforehand. */
  async authorization(init: FetchInit): Promise<Authorization | undefined> {
    const named = mergeScopes(...(init.scopes ?? []));
    return this.#challenge && this.#authorize(this.#challenge, this.#wanted.get(named.join(' ')) ?? named, init);
  }

  /**
   * The header a refused request should be sent again with; undefined when there is no other to try. What was `fresh`
   * and refused is only tried again for more scopes.
   */
  async answer(
    header: string | null,
    init: FetchInit,
    refused: Authorization | undefined,
    fresh: boolean,
  ): Promise<Authorization | undefined> {
    const challenges = parseChallenges(header);
    const challenge =
      challenges.find(({ scheme }) => scheme === 'bearer') ?? challenges.find(({ scheme }) => scheme === 'basic');
    if (!challenge) return undefined;
    const named = mergeScopes(...(init.scopes ?? []));
    const known = this.#wanted.get(named.join(' ')) ?? named;
    const scopes = mergeScopes(...known, ...(challenge.parameters.get('scope')?.split(' ') ?? []));
    this.#wanted.set(named.join(' '), scopes);
    if (fresh && refused?.scopes === scopes.join(' ')) return undefined;
    if (refused) this.#tokens.drop(refused.header.replace(/^Bearer /, ''));
    this.#challenge = challenge;
    const answer = await this.#authorize(challenge, scopes, init);
    return answer?.header === refused?.header ? undefined : answer;
  }

  async #authorize(challenge: Challenge, scopes: string[], init: FetchInit): Promise<Authorization | undefined> {
    const header = await this.#headerFor(challenge, scopes, init);
    return header === undefined ? undefined : { header, scopes: scopes.join(' ') };
  }

  async #headerFor(challenge: Challenge, scopes: string[], init: FetchInit): Promise<string | undefined> {
    const { credentials, host, origin, realms, send } = this.#options;
    const credential = await findCredential(credentials, host, scopes);
    if (credential && 'token' in credential) return `Bearer ${credential.token}`;
    if (challenge.scheme === 'basic') return basicOf(credential);
    const fetch = (): Promise<Token> => fetchToken(send, { origin, challenge, scopes, credential, realms });
    return `Bearer ${await this.#tokens.get(scopes, credential, fetch, init.signal)}`;
  }
}

function basicOf(credential: Credential | undefined): string | undefined {
  if (!credential || !('password' in credential)) return undefined;
  return basicAuthorization(credential.username, credential.password);
}
