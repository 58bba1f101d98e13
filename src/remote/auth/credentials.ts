import { CredentialsError } from '../../errors.ts';

/** What proves who is asking. */
export type Credential =
  | {
      /** User name; some registries take any. */
      username: string;
      /** Password, or the personal access token that stands for it. */
      password: string;
    }
  | {
      /** A bearer token the registry takes as it is. */
      token: string;
    }
  | {
      /** An OAuth2 refresh token, which the registry's token service exchanges; docker's "identity token". */
      identityToken: string;
      /** User name that goes with it, where one is known. */
      username?: string | undefined;
    };

/**
 * Where credentials come from: one credential, or a function asked for each registry. The function gets the host as in
 * the reference, and the token scopes that are needed, and gives nothing for anonymous access. When it rejects with a
 * CredentialsError, the registry is asked without a credential, and the error comes out if that is refused; any other
 * error ends the call.
 */
export type CredentialSource =
  | Credential
  | ((host: string, scopes: readonly string[]) => Credential | undefined | Promise<Credential | undefined>);

/** The credential a source has for a host, if any. */
export async function findCredential(
  source: CredentialSource | undefined,
  host: string,
  scopes: readonly string[],
): Promise<Credential | undefined> {
  return typeof source === 'function' ? source(host, scopes) : source;
}

/** Tells whether a token can be sent: in a header nothing but visible characters may be. */
export function isToken(value: string): boolean {
  return /^[\x21-\x7e]+$/.test(value);
}

/**
 * The value of an `Authorization` header with a credential; undefined for one that has to be exchanged before.
 *
 * @throws CredentialsError for a token that cannot be sent; the runtime's own error would quote it
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

/** The value of an `Authorization` header with a user's name and password (RFC 7617, with UTF-8). */
export function basicAuthorization(username: string, password: string): string {
  const bytes = new TextEncoder().encode(`${username}:${password}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
}
