import { Refusal } from '../http/refusal.ts';
import { formatScopes, type Scope } from './access.ts';
import { challenge, requirePrintable } from './challenge.ts';
import { type AccessRule, allows, type Permission, Policy } from './policy.ts';
import { TokenService } from './token-service.ts';
import { Users } from './users.ts';

const tokenPath = '/token';

/** Authentication and authorization of a registry. */
export interface AuthOptions {
  /**
   * `basic`: user name and password with every request. `bearer`: a token with every request, from the registry's token
   * service at the path `/token`. With both, either is accepted, and the challenges are sent in the given order.
   */
  scheme: 'basic' | 'bearer' | readonly ('basic' | 'bearer')[];
  /** Passwords by user name. */
  users: Readonly<Record<string, string>>;
  /** Realm of the Basic challenge, which the password prompt shows. Default `registry`. */
  realm?: string | undefined;
  /** Service name of the registry at its token service. Default `registry`. */
  service?: string | undefined;
  /** Lifetime of a token in seconds. Default 300. */
  tokenLifetime?: number | undefined;
  /** Allows anonymous pulls. With `bearer`, an anonymous client also needs a token. Default false. */
  anonymousPull?: boolean | undefined;
  /** Authorization rule: which of the requested actions on a repository a user is allowed. Default: all of them. */
  access?: AccessRule | undefined;
}

/** Authenticates requests and checks what they are allowed to do. */
export class Auth {
  readonly #schemes: readonly string[];
  readonly #realm: string;
  readonly #service: string;
  readonly #anonymous: boolean;
  readonly #users: Users;
  readonly #policy: Policy;
  readonly #tokens: TokenService | undefined;

  /**
   * Authentication with these options; `now` is the time in milliseconds.
   *
   * @throws RangeError when a name or the lifetime of tokens is invalid
   */
  constructor(options: AuthOptions, now: () => number) {
    const { scheme, anonymousPull: anonymous = false, tokenLifetime = 300 } = options;
    if (!(tokenLifetime > 0)) throw new RangeError(`tokenLifetime must be more than 0, not ${tokenLifetime}`);
    const realm = requirePrintable('realm', options.realm ?? 'registry');
    const service = requirePrintable('service', options.service ?? 'registry');
    const users = new Users(options.users);
    const policy = new Policy(anonymous, options.access);
    this.#schemes = typeof scheme === 'string' ? [scheme] : scheme;
    this.#realm = realm;
    this.#service = service;
    this.#anonymous = anonymous;
    this.#users = users;
    this.#policy = policy;
    if (!this.#schemes.includes('bearer')) return;
    this.#tokens = new TokenService({ users, policy, realm, service, anonymous, tokenLifetime, now });
  }

  /** The token service, for requests to it. */
  tokenService({ pathname }: URL): TokenService | undefined {
    return pathname === tokenPath ? this.#tokens : undefined;
  }

  /**
   * Authenticates a request and returns what it is allowed to do.
   *
   * @throws Refusal 401 with the challenges, when there is no valid credential or the token does not grant the access
   * @throws Refusal 403, when a known user is not allowed the access
   */
  async authorize(request: Request, needed: readonly Scope[]): Promise<Permission> {
    const authorization = request.headers.get('authorization');
    const scheme = /^\S+(?= )/.exec(authorization ?? '')?.[0].toLowerCase() ?? '';
    const refuse = (message: string, error?: string): Refusal => this.#unauthorized(request, needed, message, error);
    if (!this.#schemes.includes(scheme)) return this.#authorizeAnonymous(authorization, needed, refuse);
    if (scheme === 'basic') {
      const user = this.#users.fromAuthorization(authorization);
      if (user === undefined) throw refuse('The user name or the password is wrong');
      const permission = this.#policy.permissionOf(user);
      if (await allows(permission, needed)) return permission;
      throw new Refusal(403, 'DENIED', `The user ${user} may not do this`, { detail: formatScopes(needed) });
    }
    const permission = this.#tokens?.permissionOf(authorization?.slice('bearer '.length).trim() ?? '');
    if (!permission) throw refuse('The token is not valid, or has expired', 'invalid_token');
    if (await allows(permission, needed)) return permission;
    throw refuse('The token does not allow this', 'insufficient_scope');
  }

  async #authorizeAnonymous(
    authorization: string | null,
    needed: readonly Scope[],
    refuse: (message: string) => Refusal,
  ): Promise<Permission> {
    // With `bearer`, an anonymous client also needs a token, and the base endpoint answers only authenticated requests.
    if (authorization === null && this.#anonymous && !this.#tokens && needed.length > 0) {
      const permission = this.#policy.permissionOf(undefined);
      if (await allows(permission, needed)) return permission;
    }
    throw refuse('Authentication is needed');
  }

  /** Sends a challenge for every scheme, so that a client can choose one. */
  #unauthorized(request: Request, needed: readonly Scope[], message: string, error: string | undefined): Refusal {
    const challenges = this.#schemes.map((scheme) => {
      if (scheme === 'basic') return challenge('Basic', { realm: this.#realm });
      const realm = new URL(tokenPath, request.url).href;
      const scope = needed.length > 0 ? formatScopes(needed) : undefined;
      return challenge('Bearer', { realm, service: this.#service, scope, error });
    });
    return new Refusal(401, 'UNAUTHORIZED', message, { headers: { 'www-authenticate': challenges.join(', ') } });
  }
}
