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
/** Seconds a token lives when its answer does not say (distribution's token specification), and at most. */
const lifetime = { default: 60, longest: 3600 };
/** Answers of token services that do not know OAuth2: of most, of Google's, of Artifactory's, of Azure's. */
const withoutOAuth2 = [405, 404, 401, 400];

/** A bearer token, and until when it may be used. */
export interface Token {
  /** The token. */
  value: string;
  /** When to stop using it: milliseconds since 1970 by the local clock, a tenth of its life early. */
  expires: number;
}

/** What a token is asked for. */
export interface TokenRequest {
  /** Origin of the registry that sent the challenge. */
  origin: string;
  /** The challenge. */
  challenge: Challenge;
  /** The scopes asked for. */
  scopes: readonly string[];
  /** Who asks; undefined for anonymous. */
  credential: Credential | undefined;
  /** Origins of token services that may get the credential besides the registry's own host. */
  realms: readonly string[];
  /** Ends it. */
  signal?: AbortSignal | undefined;
}

/**
 * Gets a token as a Bearer challenge asks for it. An identity token is exchanged with a POST (OAuth2), everybody else
 * asks with a GET (distribution's token specification); where a service knows only the other way, that is taken.
 *
 * @throws UnauthorizedError when the realm must not be asked, or refuses the credential
 */
export async function fetchToken(send: Send, request: TokenRequest): Promise<Token> {
  const { challenge, credential, origin, signal } = request;
  const realm = challenge.parameters.get('realm') ?? '';
  const problem = realmProblem(realm, origin, request.realms, credential !== undefined);
  if (problem) {
    const { host } = new URL(origin);
    const advice = 'the trust option can allow it';
    const message = `${host} sends its users to a token service that is not trusted: ${problem}; ${advice}`;
    throw new UnauthorizedError(message, { status: 401, method: 'GET', url: withoutQuery(origin), errors: [] });
  }
  const started = Date.now();
  const first = credential && 'identityToken' in credential ? postForToken : getToken;
  let response = await first(send, realm, request);
  if (credential && isRefused(first, response)) {
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

/** A GET is only given up for a POST when the service does not know it: a wrong password is not tried twice. */
function isRefused(first: typeof getToken, { status }: Response): boolean {
  return first === postForToken ? withoutOAuth2.includes(status) : status === 404 || status === 405;
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
  // An answer that is no JSON has no token.
  const answer = readJson(bytes, tokenAnswer).value ?? {};
  const { token, access_token: value = token, expires_in: seconds = lifetime.default } = answer;
  if (value === undefined) {
    throw answerError(`The token service ${new URL(url).host} answered without a usable token`, response.status, url);
  }
  return { value, expires: started + Math.min(seconds, lifetime.longest) * 900 };
}
