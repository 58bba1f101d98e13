import { aborted } from '../../aborts.ts';
import { isOrasError, type OrasError, RegistryError } from '../../errors.ts';
import { ofCaller, passOver } from '../../target/callers.ts';
import { type Challenge, parseChallenges } from '../answers/challenge.ts';
import type { FetchInit, Send } from '../http/fetch.ts';
import { authorizationOf, type Credential, type CredentialSource, findCredential } from './credentials.ts';
import { mergeScopes } from './scopes.ts';
import { TokenCache } from './token-cache.ts';
import { fetchToken, type Token } from './tokens.ts';

/** The registry that an {@link AuthSession} authenticates to. */
export interface AuthOptions {
  /** Host as in the reference; credentials are looked up by it. */
  host: string;
  /**
   * Origin of the registry: `https://ghcr.io`. Credentials are not sent to any other origin, except to token services.
   */
  origin: string;
  /** Source of the credential; undefined for anonymous access. */
  credentials: CredentialSource | undefined;
  /** Sends the token requests. */
  send: Send;
  /** Origins of token services that may get the credential, besides the registry's own host. */
  realms: readonly string[];
  /** The registry's challenge, for answers from which it cannot be read. */
  challenge: string | undefined;
}

/** Statuses with which token services refuse requests without a credential. */
const refusalStatuses = [400, 401, 403];

/** An `Authorization` header, and the scopes it is for. */
export interface Authorization {
  /** The header's value. */
  header: string;
  /** The scopes, in their order, with spaces between them. */
  scopes: string;
  /** Why the credential could not be used; undefined unless the lookup failed. */
  unusable: OrasError | undefined;
}

/** The authentication state of one registry: its last challenge, the scopes it asks for, and its tokens. */
export class AuthSession {
  readonly #options: AuthOptions;
  readonly #tokens = new TokenCache();
  /** Scopes the registry asks for, by the scopes of the request: it may ask for more. */
  readonly #wanted = new Map<string, string[]>();
  #challenge: Challenge | undefined;

  /** A session without a challenge or tokens. */
  constructor(options: AuthOptions) {
    this.#options = options;
  }

  /**
   * The header to send preemptively; undefined before the first challenge. A registry may use another token service for
   * each repository, so an error here is ignored, and the challenge to the request itself decides.
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
   * Answers a challenge: the header for sending the request again; undefined when no other authorization is left to
   * try. A `fresh` authorization that was refused is replaced only when the challenge names more scopes.
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
    // Kept only after it gave a token, so that a token service that fails is not asked preemptively.
    this.#challenge = challenge;
    this.#wanted.set(named.join(' '), scopes);
    return answer?.header === refused?.header ? undefined : answer;
  }

  /**
   * Gets the header for a challenge. When the credential lookup fails with a CredentialsError, an anonymous token is
   * requested, as many registries give one to everyone. If that is refused, the CredentialsError is the reason.
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
      throw unusable && error instanceof RegistryError && refusalStatuses.includes(error.status) ? unusable : error;
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
