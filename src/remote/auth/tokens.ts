import { isOrasError, UnauthorizedError } from '../../errors.ts';
import { readJson } from '../../json/json.ts';
import type { Challenge } from '../answers/challenge.ts';
import { discard } from '../answers/discard.ts';
import { answerError, responseError } from '../answers/error-response.ts';
import { toNetworkError, withoutQuery } from '../answers/network-error.ts';
import { readShort } from '../answers/short-body.ts';
import type { Send } from '../http/fetch.ts';
import { realmProblem } from '../trust/trust.ts';
import { basicAuthorization, type Credential } from './credentials.ts';
import { tokenAnswer } from './token-schema.ts';

const clientId = 'oras-js';
const largestAnswer = 128 * 1024;
/**
 * Lifetime of a token in seconds: the default without `expires_in` (distribution's token specification), and the
 * maximum.
 */
const lifetime = { default: 60, longest: 3600 };
/**
 * Statuses of token services without OAuth2 support (POST): most send the first, then Google's, Artifactory's and
 * Azure's.
 */
const noOAuth2Statuses = [405, 404, 401, 400];

/** A bearer token and its expiry. */
export interface Token {
  /** The token. */
  value: string;
  /**
   * Time to stop using it, in milliseconds since 1970 by the local clock: a tenth of its lifetime before it expires.
   */
  expires: number;
}

/** A request for a token. */
export interface TokenRequest {
  /** Origin of the registry that sent the challenge. */
  origin: string;
  /** The challenge. */
  challenge: Challenge;
  /** The scopes asked for. */
  scopes: readonly string[];
  /** The credential; undefined for anonymous access. */
  credential: Credential | undefined;
  /** Origins of token services that may get the credential, besides the registry's own host. */
  realms: readonly string[];
  /** Aborts the request. */
  signal?: AbortSignal | undefined;
}

/**
 * Fetches a token for a Bearer challenge: with a POST (OAuth2) for an identity token, otherwise with a GET
 * (distribution's token specification). When the token service supports only the other method, that one is used.
 *
 * @throws UnauthorizedError when the realm is not trusted, or the token service refuses the credential
 */
export async function fetchToken(send: Send, request: TokenRequest): Promise<Token> {
  const { challenge, credential, origin, signal } = request;
  const realm = challenge.parameters.get('realm') ?? '';
  const problem = realmProblem(realm, origin, request.realms, credential !== undefined);
  if (problem) {
    const { host } = new URL(origin);
    const advice = 'the trust option can allow it';
    const message = `${host} names a token service that is not trusted: ${problem}; ${advice}`;
    throw new UnauthorizedError(message, { status: 401, method: 'GET', url: withoutQuery(origin), errors: [] });
  }
  const started = Date.now();
  const first = credential && 'identityToken' in credential ? postForToken : getToken;
  let response = await first(send, realm, request);
  if (credential && isUnsupported(first, response)) {
    const other = first === postForToken ? getToken : postForToken;
    discard(response);
    response = await other(send, realm, request);
  }
  const url = withoutQuery(realm);
  if (response.status !== 200) {
    const what = `Cannot get a token from ${new URL(realm).host}`;
    throw await responseError(response, { method: 'GET', url, what, isTokenService: true, signal });
  }
  return readToken(response, url, started, signal);
}

/**
 * Tells whether the token service does not support the first method. After GET only 404 and 405 count, so that a wrong
 * password is sent once.
 */
function isUnsupported(first: typeof getToken, { status }: Response): boolean {
  return first === postForToken ? noOAuth2Statuses.includes(status) : status === 404 || status === 405;
}

function getToken(
  send: Send,
  realm: string,
  { challenge, scopes, credential, signal }: TokenRequest,
): Promise<Response> {
  const url = new URL(realm);
  const service = challenge.parameters.get('service');
  if (service !== undefined) url.searchParams.set('service', service);
  for (const scope of scopes) url.searchParams.append('scope', scope);
  const pair = credential && nameAndSecret(credential);
  const headers = pair && { authorization: basicAuthorization(...pair) };
  return send('GET', url.href, { headers, redirect: 'error', signal });
}

function postForToken(
  send: Send,
  realm: string,
  { challenge, scopes, credential, signal }: TokenRequest,
): Promise<Response> {
  const [username, secret] = (credential && nameAndSecret(credential)) ?? ['', ''];
  const isIdentity = credential !== undefined && 'identityToken' in credential;
  const form = new URLSearchParams({
    grant_type: isIdentity ? 'refresh_token' : 'password',
    service: challenge.parameters.get('service') ?? '',
    client_id: clientId,
    scope: scopes.join(' '),
    ...(isIdentity ? { refresh_token: secret } : { username, password: secret }),
  });
  const body = new Blob([String(form)]);
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return send('POST', realm, { headers, body, repeatable: true, redirect: 'error', signal });
}

function nameAndSecret(credential: Credential): [string, string] | undefined {
  if ('password' in credential) return [credential.username, credential.password];
  return 'identityToken' in credential ? [credential.username ?? '', credential.identityToken] : undefined;
}

async function readToken(response: Response, url: string, started: number, signal?: AbortSignal): Promise<Token> {
  const bytes = await readShort(response, largestAnswer, signal).catch((error: unknown) => {
    throw isOrasError(error) ? error : toNetworkError(error, 'GET', url);
  });
  // A body that is not JSON has no token.
  const answer = readJson(bytes, tokenAnswer).value ?? {};
  const { token, access_token: value = token, expires_in: seconds = lifetime.default } = answer;
  if (value === undefined) {
    throw answerError(`The token service ${new URL(url).host} answered without a usable token`, response.status, url);
  }
  return { value, expires: started + Math.min(seconds, lifetime.longest) * 900 };
}
