import { aborted } from '../../aborts.ts';
import { isOrasError, type OrasError, RegistryError } from '../../errors.ts';
import { ofCaller, passOver } from '../../target/callers.ts';
import { type Challenge, parseChallenges } from '../http/challenge.ts';
import { discard } from '../http/discard.ts';
import type { Fetch, FetchInit, Send } from '../http/transport.ts';
import { authorizationOf, type Credential, type CredentialSource, findCredential } from './credentials.ts';
import { mergeScopes } from './scopes.ts';
import { TokenCache } from './token-cache.ts';
import { fetchToken, type Token } from './tokens.ts';

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
  const { origin } = options;
  const challengeOf = baseChallenge(fetch, options);
  return async (url, init = {}) => {
    if (new URL(url).origin !== origin || new Headers(init.headers).has('authorization')) return fetch(url, init);
    let sent = await session.authorization(init);
    const ask = async (): Promise<Response> => {
      const response = await fetch(url, authorized(init, sent?.header));
      const isBare = isChallenge(response, origin) && !response.headers.has('www-authenticate');
      const challenge =
        isBare &&
        (await challengeOf(init.signal).catch((error: unknown) => {
          discard(response);
          throw error;
        }));
      return challenge ? withChallenge(response, challenge) : response;
    };
    let response = await ask();
    // A cached token may have been refused, and a new one may be too small: the third request is the last.
    for (let again = 0; again < 2 && isChallenge(response, origin); again++) {
      const header = response.headers.get('www-authenticate');
      const next = await session.answer(header, init, sent, again > 0).catch((error: unknown) => {
        discard(response);
        throw error;
      });
      if (!next) break;
      discard(response);
      sent = next;
      response = await ask();
    }
    if (!sent?.unusable || !isRefusal(response, origin)) return response;
    discard(response);
    throw sent.unusable;
  };
}

function isChallenge(response: Response, origin: string): boolean {
  return response.status === 401 && isRefusal(response, origin);
}

/** Whom the registry sent us to asks for itself, and gets no credentials of the registry. */
function isRefusal({ status, url }: Response, origin: string): boolean {
  return (status === 401 || status === 403) && (url === '' || new URL(url).origin === origin);
}

function withChallenge({ body, headers: given, status }: Response, challenge: string): Response {
  const headers = new Headers(given);
  headers.set('www-authenticate', challenge);
  return new Response(body, { status, headers });
}

/**
 * What a refusal without a challenge stands for: the challenge that is known, or else that of the base endpoint, as
 * gcr.io has none in some of its refusals. It is asked for once, and anew only when that failed, which says nothing.
 */
function baseChallenge(
  fetch: Fetch,
  { challenge, origin }: AuthOptions,
): (signal: AbortSignal | null | undefined) => Promise<string | null | undefined> {
  let asked: Promise<string | null | undefined> | undefined = challenge ? Promise.resolve(challenge) : undefined;
  const failed = (): undefined => {
    asked = undefined;
  };
  const ask = async (): Promise<string | null | undefined> => {
    const init = { method: 'GET', credentials: 'omit', redirect: 'error' } as const;
    const response = await fetch(`${origin}/v2/`, init);
    discard(response);
    return response.status > 404 ? failed() : response.headers.get('www-authenticate');
  };
  return (signal) => {
    asked ??= ask().catch((error: unknown) => {
      failed();
      return passOver(error);
    });
    return aborted(asked, signal);
  };
}

function authorized(init: FetchInit, authorization: string | undefined): FetchInit {
  if (authorization === undefined) return init;
  const headers = new Headers(init.headers);
  headers.set('authorization', authorization);
  return { ...init, headers };
}

/** How token services refuse those who bring no credential. */
const refusals = [400, 401, 403];

/** An `Authorization` header, and the scopes it is for. */
interface Authorization {
  header: string;
  scopes: string;
  /** Why it is one without a credential, when there should be one. */
  unusable: OrasError | undefined;
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

  /**
   * The header for a request as far as it is known beforehand. A registry may have a token service for each repository:
   * when this one gives no token, the request's own challenge decides.
   */
  async authorization(init: FetchInit): Promise<Authorization | undefined> {
    const named = mergeScopes(...(init.scopes ?? []));
    const known = this.#wanted.get(named.join(' ')) ?? named;
    return (
      this.#challenge &&
      this.#authorize(this.#challenge, known, init).catch((error: unknown): undefined => {
        passOver(error);
        this.#challenge = undefined;
      })
    );
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
    if (fresh && refused?.scopes === scopes.join(' ')) return undefined;
    if (refused) this.#tokens.drop(refused.header.replace(/^Bearer /, ''));
    const answer = await this.#authorize(challenge, scopes, init);
    // Only now: what gives no token is not asked again before a request.
    this.#challenge = challenge;
    this.#wanted.set(named.join(' '), scopes);
    return answer?.header === refused?.header ? undefined : answer;
  }

  /**
   * A credential that is there but cannot be used is as none for a token: many registries give one to everybody. What is
   * refused then is refused for want of it.
   */
  async #authorize(challenge: Challenge, scopes: string[], init: FetchInit): Promise<Authorization | undefined> {
    const { credentials, host } = this.#options;
    let unusable: OrasError | undefined;
    const looked = ofCaller(() => findCredential(credentials, host, scopes)).catch((error: unknown): undefined => {
      if (challenge.scheme === 'basic' || !isOrasError(error, 'CREDENTIALS')) throw error;
      unusable = error;
    });
    const credential = await aborted(looked, init.signal);
    const header = await this.#headerFor(challenge, scopes, credential, init).catch((error: unknown) => {
      throw unusable && error instanceof RegistryError && refusals.includes(error.status) ? unusable : error;
    });
    return header === undefined ? undefined : { header, scopes: scopes.join(' '), unusable };
  }

  async #headerFor(
    challenge: Challenge,
    scopes: string[],
    credential: Credential | undefined,
    init: FetchInit,
  ): Promise<string | undefined> {
    const { host, origin, realms, send } = this.#options;
    if (challenge.scheme === 'basic' || (credential && 'token' in credential)) return authorizationOf(credential, host);
    const fetch = (signal: AbortSignal): Promise<Token> =>
      fetchToken(send, { origin, challenge, scopes, credential, realms, signal });
    return `Bearer ${await this.#tokens.get(scopes, credential, fetch, init.signal)}`;
  }
}
