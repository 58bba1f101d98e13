import { readAll } from '../../bytes/streams.ts';
import { isOrasError } from '../../errors.ts';
import { bodyOf } from '../http/received.ts';
import { json, Refusal } from '../http/refusal.ts';
import { formatScopes, parseScopes, type Scope } from './access.ts';
import { challenge } from './challenge.ts';
import type { Permission, Policy } from './policy.ts';
import { Tokens } from './tokens.ts';
import type { Users } from './users.ts';

const largestForm = 16 * 1024;
const refreshLifetime = 24 * 60 * 60 * 1000;

/** Options of a {@link TokenService}. */
export interface TokenServiceOptions {
  /** The users and their passwords. */
  users: Users;
  /** The authorization policy. */
  policy: Policy;
  /** The service name that a client must send. */
  service: string;
  /** Realm of the Basic challenge. */
  realm: string;
  /** Whether anonymous clients get tokens. */
  anonymous: boolean;
  /** Lifetime of a token in seconds. */
  tokenLifetime: number;
  /** The time in milliseconds. */
  now: () => number;
}

/** A token service (distribution's "Token Authentication Specification" and "Oauth2 Token Authentication"). */
export class TokenService {
  readonly #options: TokenServiceOptions;
  readonly #tokens: Tokens<readonly Scope[]>;
  readonly #refreshTokens: Tokens<string>;

  /** A token service without tokens so far. */
  constructor(options: TokenServiceOptions) {
    this.#options = options;
    this.#tokens = new Tokens(options.tokenLifetime * 1000, options.now);
    this.#refreshTokens = new Tokens(refreshLifetime, options.now);
  }

  /** What a token grants; undefined when the token is not valid. */
  permissionOf(token: string): Permission | undefined {
    const scopes = this.#tokens.find(token);
    return scopes && (async (asked) => scopes.find(({ resource }) => resource === asked.resource)?.actions ?? []);
  }

  /**
   * Answers `GET` with or without Basic authorization, and `POST` with a form.
   *
   * @throws Refusal when the token is refused
   */
  async respond(request: Request, { searchParams }: URL): Promise<Response> {
    if (request.method === 'POST') return this.#post(await readForm(request));
    if (request.method === 'GET' || request.method === 'HEAD') return this.#get(request, searchParams);
    throw new Refusal(405, 'UNSUPPORTED', `${request.method} is not possible here`, {
      headers: { allow: 'GET, POST' },
    });
  }

  #get(request: Request, query: URLSearchParams): Promise<Response> {
    this.#requireService(query.get('service') ?? this.#options.service);
    const user = this.#userOf(request.headers.get('authorization'));
    // Several scopes are sent as repeated parameters, or in one parameter with spaces.
    const isOffline = query.get('offline_token') === 'true';
    return this.#answer(user, query.getAll('scope').join(' '), { isOffline });
  }

  #post(form: URLSearchParams): Promise<Response> {
    const required = (name: string): string => {
      const value = form.get(name);
      if (!value) throw new Refusal(400, 'UNSUPPORTED', `The form has no ${name}`);
      return value;
    };
    const grantType = required('grant_type');
    this.#requireService(required('service'));
    required('client_id');
    const scope = form.getAll('scope').join(' ');
    if (grantType === 'password') {
      const [name, password] = [required('username'), required('password')];
      if (!this.#options.users.verify(name, password))
        throw this.#unauthorized('The user name or the password is wrong');
      return this.#answer(name, scope, { isOffline: form.get('access_type') === 'offline' });
    }
    if (grantType !== 'refresh_token')
      throw new Refusal(400, 'UNSUPPORTED', 'The grant_type is not one of this registry');
    const refreshToken = required('refresh_token');
    const user = this.#refreshTokens.find(refreshToken);
    if (user === undefined) throw this.#unauthorized('The refresh token is not valid, or has expired');
    return this.#answer(user, scope, { refreshToken });
  }

  async #answer(
    user: string | undefined,
    scope: string,
    { isOffline = false, refreshToken }: { isOffline?: boolean; refreshToken?: string },
  ): Promise<Response> {
    const { policy, tokenLifetime, now } = this.#options;
    const granted = await policy.grant(user, parseScopes(scope));
    const token = this.#tokens.issue(granted);
    const refresh = refreshToken ?? (isOffline && user !== undefined ? this.#refreshTokens.issue(user) : undefined);
    const answer = {
      token,
      access_token: token,
      scope: formatScopes(granted),
      expires_in: tokenLifetime,
      issued_at: new Date(now()).toISOString(),
      ...(refresh !== undefined && { refresh_token: refresh }),
    };
    return json(200, answer, { 'cache-control': 'no-store' });
  }

  #userOf(authorization: string | null): string | undefined {
    if (authorization === null && this.#options.anonymous) return undefined;
    const user = this.#options.users.fromAuthorization(authorization);
    if (user === undefined) throw this.#unauthorized('A user name with its password is needed');
    return user;
  }

  #requireService(service: string): void {
    if (service === this.#options.service) return;
    throw new Refusal(400, 'UNSUPPORTED', `This is the token service of ${this.#options.service}, not of another one`);
  }

  #unauthorized(message: string): Refusal {
    const headers = { 'www-authenticate': challenge('Basic', { realm: this.#options.realm }) };
    return new Refusal(401, 'UNAUTHORIZED', message, { headers });
  }
}

async function readForm(request: Request): Promise<URLSearchParams> {
  const type = request.headers.get('content-type') ?? '';
  if (!/^application\/x-www-form-urlencoded *(?:;|$)/i.test(type)) {
    throw new Refusal(415, 'UNSUPPORTED', 'A token is asked for with a form: application/x-www-form-urlencoded');
  }
  try {
    const bytes = await readAll(await bodyOf(request), largestForm, request.signal);
    return new URLSearchParams(new TextDecoder().decode(bytes));
  } catch (error) {
    if (!isOrasError(error, 'TOO_LARGE')) throw error;
    throw new Refusal(413, 'SIZE_INVALID', `The form can have ${largestForm} bytes`, { cause: error });
  }
}
