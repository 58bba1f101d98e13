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
 * the reference, and the token scopes that are needed, and gives nothing for anonymous access.
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

/** The value of an `Authorization` header with a user's name and password (RFC 7617, with UTF-8). */
export function basicAuthorization(username: string, password: string): string {
  const bytes = new TextEncoder().encode(`${username}:${password}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
}
