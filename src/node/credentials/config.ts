import { CredentialsError } from '../../errors.ts';
import type { Credential } from '../../remote/auth/credentials.ts';
import { decodeEntry } from './entries.ts';
import { isObject, type JsonObject, objectField, parseObject } from './json.ts';
import { type CredentialKeys, hostOfKey } from './keys.ts';

/**
 * How a place writes credentials: docker's `config.json`, with which podman's `auth.json` agrees, the `.dockercfg` it
 * replaced, which is all `auths`, or the variable DOCKER_AUTH_CONFIG, of which only the `auths` are used: a variable must
 * not start programs.
 */
export type ConfigFormat = 'config' | 'dockercfg' | 'variable';

/** What one place says about credentials. */
export interface CredentialConfig {
  /** Path of the file, or name of the variable. */
  place: string;
  /** How it is written. */
  format: ConfigFormat;
  /** Everything in it. */
  content: JsonObject;
}

/** A helper program, and what to ask it for. */
export interface HelperUse {
  /** Name of the helper as configured: the program is `docker-credential-<name>`. */
  name: string;
  /** What its credentials are filed under. */
  server: string;
}

/**
 * Reads the text of one place.
 *
 * @throws CredentialsError naming the place when the text is not what its format asks for
 */
export function parseConfig(text: string, place: string, format: ConfigFormat): CredentialConfig {
  const config = { place, format, content: parseObject(text, place) };
  // What is wrong with all of a place must not look like something of one host.
  entriesOf(config);
  if (format === 'config') objectField(config.content, 'credHelpers', place);
  if (format === 'variable') ignoreBadHelpers(config.content);
  return config;
}

/** No helper of a variable is used: what is wrong with all of them must not be an error of every host. */
function ignoreBadHelpers(content: JsonObject): void {
  if (Object.hasOwn(content, 'credHelpers') && !isObject(content.credHelpers)) content.credHelpers = {};
  if (Object.hasOwn(content, 'credsStore') && typeof content.credsStore !== 'string') content.credsStore = '';
}

/**
 * The helper in charge of a registry: its own in `credHelpers`, or else the `credsStore`; undefined when only the entries
 * of `auths` hold. An empty name in `credHelpers` exempts the registry from the `credsStore`, as in docker.
 *
 * @throws CredentialsError when a name is no text
 */
export function helperFor({ content, format, place }: CredentialConfig, keys: CredentialKeys): HelperUse | undefined {
  if (format === 'dockercfg') return undefined;
  const helpers = objectField(content, 'credHelpers', place);
  const own = keys.servers.find((key) => Object.hasOwn(helpers, key));
  const server = own ?? keys.servers[0] ?? '';
  const name = own === undefined ? (content.credsStore ?? '') : helpers[own];
  if (typeof name !== 'string') {
    throw new CredentialsError(
      `Cannot use the credential helper for ${server} in ${place}: its name is no text`,
      place,
    );
  }
  return name === '' ? undefined : { name, server };
}

/** All entries, by their keys.
 *
 * @throws CredentialsError when they are no object
 */
export function entriesOf({ content, format, place }: CredentialConfig): JsonObject {
  return format === 'dockercfg' ? content : objectField(content, 'auths', place);
}

/**
 * The credential in the entries, undefined when there is none. The first key that has an entry decides, even if it is
 * empty; keys are compared as a whole, old ones by the host of their address.
 *
 * @throws CredentialsError when that entry cannot be read
 */
export function findEntry(config: CredentialConfig, keys: CredentialKeys): Credential | undefined {
  const entries = entriesOf(config);
  const exact = [...keys.paths, ...keys.servers].find((key) => Object.hasOwn(entries, key));
  const key = exact ?? Object.keys(entries).find((old) => isOldKey(old, config.format, keys));
  return key === undefined ? undefined : decodeEntry(entries[key], config.place, key);
}

/** Tells whether a key is an old one of these. */
export function isOldKey(key: string, format: ConfigFormat, keys: CredentialKeys): boolean {
  const host = hostOfKey(key, format === 'dockercfg');
  return host !== undefined && keys.hosts.includes(host);
}
