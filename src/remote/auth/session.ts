import { aborted } from '../../aborts.ts';
import { isOrasError, type OrasError, RegistryError } from '../../errors.ts';
import { ofCaller, passOver } from '../../target/callers.ts';
import { type Challenge, parseChallenges } from '../answers/challenge.ts';
import type { FetchInit, Send } from '../http/fetch.ts';
import { authorizationOf, type Credential, type CredentialSource, findCredential } from './credentials.ts';
import { mergeScopes } from './scopes.ts';
import { TokenCache } from './token-cache.ts';
import { fetchToken, type Token } from './tokens.ts';

/** Whom an {@link AuthSession} authenticates to. */
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

/** How token services refuse those who bring no credential. */
const refusals = [400, 401, 403];

/** An `Authorization` header, and the scopes it is for. */
export interface Authorization {
  /** The header's value. */
  header: string;
  /** The scopes, in their order, with spaces between them. */
  scopes: string;
  /** Why it is one without a credential, when there should be one. */
  unusable: OrasError | undefined;
}

/** What one registry has asked for so far, and the tokens it gave. */
export class AuthSession {
  readonly #options: AuthOptions;
  readonly #tokens = new TokenCache();
  /** The scopes the registry wants, by those a request names: it may ask for more. */
  readonly #wanted = new Map<string, string[]>();
  #challenge: Challenge | undefined;

  /** A session that knows nothing yet. */
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
