import { CredentialsError } from '../../errors.ts';

/** A credential: a password, a bearer token or a refresh token. */
export type Credential =
  | {
      /** User name; some registries accept any. */
      username: string;
      /** Password, or a personal access token in its place. */
      password: string;
    }
  | {
      /** A bearer token that is sent to the registry as it is. */
      token: string;
    }
  | {
      /** An OAuth2 refresh token, which is exchanged at the token service; docker's "identity token". */
      identityToken: string;
      /** User name of the refresh token, where known. */
      username?: string | undefined;
    };

/**
 * Credentials: one credential, or a function that is called for each registry. The function gets the host as in the
 * reference and the token scopes that are needed, and returns undefined for anonymous access. When it rejects with a
 * CredentialsError, the request is sent without a credential, and the call fails with that error only if the registry
 * refuses the request. Any other error ends the call.
 */
export type CredentialSource =
  | Credential
  | ((host: string, scopes: readonly string[]) => Credential | undefined | Promise<Credential | undefined>);

/**
 * The credential of a source for a host; undefined for anonymous access. With `own`, a credential is for that host only; a
 * function decides for each host itself.
 */
export async function findCredential(
  source: CredentialSource | undefined,
  host: string,
  scopes: readonly string[],
  own?: string,
): Promise<Credential | undefined> {
  if (typeof source === 'function') return source(host, scopes);
  return own === undefined || own === host ? source : undefined;
}

/** Tells whether a token can be sent: a header allows only visible ASCII characters here. */
export function isToken(value: string): boolean {
  return /^[\x21-\x7e]+$/.test(value);
}

/**
 * The `Authorization` header for a credential; undefined for one that must first be exchanged for a token.
 *
 * @throws CredentialsError for a token that cannot be sent in a header; the runtime's own error would quote the token
 */
export function authorizationOf(credential: Credential | undefined, host: string): string | undefined {
  if (credential && 'token' in credential) {
    if (isToken(credential.token)) return `Bearer ${credential.token}`;
    throw new CredentialsError(`The token for ${host} has a line break or other characters that no header takes`, host);
  }
  return credential && 'password' in credential
    ? basicAuthorization(credential.username, credential.password)
    : undefined;
}

/** The `Authorization` header for a user name and password (Basic, RFC 7617, in UTF-8). */
export function basicAuthorization(username: string, password: string): string {
  const bytes = new TextEncoder().encode(`${username}:${password}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
}
