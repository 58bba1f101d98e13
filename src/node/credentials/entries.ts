import { CredentialsError } from '../../errors.ts';
import { readValue } from '../../json/json.ts';
import { isObject } from '../../json/values.ts';
import type { Credential } from '../../remote/auth/credentials.ts';
import { type EntryFields, entryFields, found, type JsonObject } from './json.ts';

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const secretFields: readonly string[] = [
  'auth',
  'username',
  'password',
  'identitytoken',
  'registrytoken',
] satisfies (keyof EntryFields)[];

/**
 * The credential in an entry of `auths`, undefined when there is none. In order of precedence: a token for the
 * registry, a token for its token service, the password. `auth` takes precedence over `username` and `password`.
 *
 * @throws CredentialsError naming `file` and `key`, when the entry is invalid
 */
export function decodeEntry(entry: unknown, file: string, key: string): Credential | undefined {
  const failure = `Cannot use the credentials of ${key} in ${file}`;
  const fields = found(readValue(entry, entryFields), failure, file, 'the entry');
  if (!fields) return undefined;
  const {
    auth = '',
    username = '',
    password = '',
    identitytoken: identityToken = '',
    registrytoken: token = '',
  } = fields;
  const user = auth === '' ? { username, password } : decodeAuth(auth);
  if (!user) throw new CredentialsError(`${failure}: auth is not base64 of user:password`, file);
  if (token !== '') return { token };
  if (identityToken !== '') return { identityToken, ...(user.username !== '' && { username: user.username }) };
  return user.username === '' && user.password === '' ? undefined : user;
}

function decodeAuth(auth: string): { username: string; password: string } | undefined {
  if (!base64.test(auth)) return undefined;
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(auth, 'base64'));
  } catch {
    return undefined;
  }
  const colon = text.indexOf(':');
  if (colon < 0) return undefined;
  // Docker's own decoder left NUL characters at the end, which old files still have.
  return { username: text.slice(0, colon), password: text.slice(colon + 1).replace(/\0+$/, '') };
}

/** The entry of `auths` for a credential, as docker writes it: encoded in base64, not encrypted. */
export function encodeEntry(credential: Credential): JsonObject {
  if ('token' in credential) return { registrytoken: credential.token };
  if ('password' in credential) return { auth: encodeAuth(credential.username, credential.password) };
  const { identityToken, username } = credential;
  return { ...(username && { auth: encodeAuth(username, '') }), identitytoken: identityToken };
}

function encodeAuth(username: string, password: string): string {
  return Buffer.from(`${username}:${password}`).toString('base64');
}

/** The rest of an entry without its credential: fields that this package does not know. */
export function withoutCredential(entry: unknown): JsonObject {
  if (!isObject(entry)) return {};
  return Object.fromEntries(Object.entries(entry).filter(([field]) => !secretFields.includes(field)));
}
