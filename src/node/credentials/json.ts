import { CredentialsError } from '../../errors.ts';
import { type Reading, readJson, readValue } from '../../json/json.ts';
import { anything, fields, object, type Schema, text, unset, usable } from '../../json/schema.ts';

/** A JSON object whose fields have not been looked at. */
export type JsonObject = Record<string, unknown>;

/** What a file or a variable says of credentials. Use `Object.hasOwn` on its maps: a key may be `constructor`. */
export interface ConfigFields {
  /** Entries by their keys, each still to be read: what is wrong with one is no matter of the others. */
  auths?: JsonObject;
  /** Names of helpers by registry, each still to be read. */
  credHelpers?: JsonObject;
  /** Name of the helper for all others, still to be read. */
  credsStore?: unknown;
}

/** docker's `config.json`, with which podman's `auth.json` agrees (containers-auth.json(5)). */
export const configFields: Schema<ConfigFields> = fields({
  auths: unset(object),
  credHelpers: unset(object),
  credsStore: unset(anything),
});

/** The variable DOCKER_AUTH_CONFIG. No helper of it is used: what is wrong with them must not be an error of every host. */
export const variableFields: Schema<ConfigFields> = fields({
  auths: unset(object),
  credHelpers: usable(unset(object), {}),
  credsStore: usable(unset<unknown>(text), ''),
});

/** An entry of `auths`. */
export interface EntryFields {
  /** `user:password` in base64. */
  auth?: string;
  /** The user's name, if `auth` does not have it. */
  username?: string;
  /** The user's password, if `auth` does not have it. */
  password?: string;
  /** A token for the token service. */
  identitytoken?: string;
  /** A token for the registry. */
  registrytoken?: string;
}

/** An entry of `auths`; there is none where it is not set. */
export const entryFields: Schema<EntryFields | undefined> = unset(
  fields<EntryFields>({
    auth: unset(text),
    username: unset(text),
    password: unset(text),
    identitytoken: unset(text),
    registrytoken: unset(text),
  }),
);

/** What a helper prints for `get`. */
export interface HelperAnswer {
  /** The user's name, or `<token>`. */
  Username: string;
  /** The password, or an identity token. */
  Secret: string;
}

/** docker-credential-helpers' protocol. */
export const helperAnswer: Schema<HelperAnswer> = fields({ Username: text, Secret: text });

/**
 * Reads a JSON object; white space alone and `null` are an empty one.
 *
 * @throws CredentialsError naming `place`
 */
export function parseObject<T extends object>(content: string, place: string, schema: Schema<T>): T | Partial<T> {
  // `trim` also takes the byte order mark that editors on Windows put first.
  return found(readJson(content.trim() || '{}', unset(schema)), `Cannot read credentials from ${place}`, place) ?? {};
}

/** The entries of a file that is to be changed.
 *
 * @throws CredentialsError when they are none
 */
export function entriesIn(content: JsonObject, place: string): JsonObject {
  return found(readValue(content, configFields), `Cannot read credentials from ${place}`, place).auths ?? {};
}

/**
 * What was read; `what` names all of it.
 *
 * @throws CredentialsError that says where it is wrong, and never what is there: it may be a secret
 */
export function found<T>(reading: Reading<T>, failure: string, source: string, what = 'it'): T {
  const { problem } = reading;
  if (problem === undefined) return reading.value;
  throw new CredentialsError(`${failure}: ${problem.path || what} is not ${problem.expected}`, source);
}
