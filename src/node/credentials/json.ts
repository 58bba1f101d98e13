import { CredentialsError } from '../../errors.ts';
import { type Reading, readJson, readValue } from '../../json/json.ts';
import { anything, fields, object, type Schema, text, unset, usable } from '../../json/schema.ts';

/** A JSON object whose fields are not checked yet. */
export type JsonObject = Record<string, unknown>;

/** The credentials in a file or a variable. Use `Object.hasOwn` on its maps: a key may be `constructor`. */
export interface ConfigFields {
  /** Entries by key, each parsed later: an invalid entry must not affect the others. */
  auths?: JsonObject;
  /** Names of helpers by registry, each parsed later. */
  credHelpers?: JsonObject;
  /** Name of the helper for all other registries, parsed later. */
  credsStore?: unknown;
}

/** docker's `config.json`, and podman's `auth.json` in the same format (containers-auth.json(5)). */
export const configFields: Schema<ConfigFields> = fields({
  auths: unset(object),
  credHelpers: unset(object),
  credsStore: unset(anything),
});

/**
 * The variable DOCKER_AUTH_CONFIG. Its helpers are not used, so they are not checked: errors in them would affect every
 * host.
 */
export const variableFields: Schema<ConfigFields> = fields({
  auths: unset(object),
  credHelpers: usable(unset(object), {}),
  credsStore: usable(unset<unknown>(text), ''),
});

/** An entry of `auths`. */
export interface EntryFields {
  /** `user:password` in base64. */
  auth?: string;
  /** User name, if it is not in `auth`. */
  username?: string;
  /** Password, if it is not in `auth`. */
  password?: string;
  /** An identity token, for the token service. */
  identitytoken?: string;
  /** A bearer token, for the registry. */
  registrytoken?: string;
}

/** An entry of `auths`; undefined when it is null. */
export const entryFields: Schema<EntryFields | undefined> = unset(
  fields<EntryFields>({
    auth: unset(text),
    username: unset(text),
    password: unset(text),
    identitytoken: unset(text),
    registrytoken: unset(text),
  }),
);

/** The output of a helper's `get`. */
export interface HelperAnswer {
  /** User name, or `<token>`. */
  Username: string;
  /** Password, or identity token. */
  Secret: string;
}

/** The protocol of docker-credential-helpers. */
export const helperAnswer: Schema<HelperAnswer> = fields({ Username: text, Secret: text });

/**
 * Parses a JSON object; white space only and `null` are an empty object.
 *
 * @throws CredentialsError naming `place`
 */
export function parseObject<T extends object>(content: string, place: string, schema: Schema<T>): T | Partial<T> {
  // `trim` also removes the byte order mark of editors on Windows.
  return found(readJson(content.trim() || '{}', unset(schema)), `Cannot read credentials from ${place}`, place) ?? {};
}

/** The entries of a file that is to be changed.
 *
 * @throws CredentialsError when they are not an object
 */
export function entriesIn(content: JsonObject, place: string): JsonObject {
  return found(readValue(content, configFields), `Cannot read credentials from ${place}`, place).auths ?? {};
}

/**
 * The value of a reading; `what` names the whole document.
 *
 * @throws CredentialsError naming the path of the fault, but never the value: it may be a secret
 */
export function found<T>(reading: Reading<T>, failure: string, source: string, what = 'it'): T {
  const { problem } = reading;
  if (problem === undefined) return reading.value;
  throw new CredentialsError(`${failure}: ${problem.path || what} is not ${problem.expected}`, source);
}
