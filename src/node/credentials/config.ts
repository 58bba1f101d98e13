import { readValue } from '../../json/json.ts';
import { object, text } from '../../json/schema.ts';
import type { Credential } from '../../remote/auth/credentials.ts';
import { decodeEntry } from './entries.ts';
import { type ConfigFields, configFields, found, parseObject, variableFields } from './json.ts';
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
  /** What it says; of a `.dockercfg` all is `auths`. */
  content: ConfigFields;
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
export function parseConfig(json: string, place: string, format: ConfigFormat): CredentialConfig {
  if (format === 'dockercfg') return { place, format, content: { auths: parseObject(json, place, object) } };
  return { place, format, content: parseObject(json, place, format === 'config' ? configFields : variableFields) };
}

/**
 * The helper in charge of a registry: its own in `credHelpers`, or else the `credsStore`; undefined when only the entries
 * of `auths` hold. An empty name in `credHelpers` exempts the registry from the `credsStore`, as in docker.
 *
 * @throws CredentialsError when a name is no text
 */
export function helperFor({ content, place }: CredentialConfig, keys: CredentialKeys): HelperUse | undefined {
  const { credHelpers = {}, credsStore = '' } = content;
  const own = keys.servers.find((key) => Object.hasOwn(credHelpers, key));
  const server = own ?? keys.servers[0] ?? '';
  const configured = readValue(own === undefined ? credsStore : credHelpers[own], text);
  const name = found(configured, `Cannot use the credential helper for ${server} in ${place}`, place, 'its name');
  return name === '' ? undefined : { name, server };
}

/**
 * The credential in the entries, undefined when there is none. The first key that has an entry decides, even if it is
 * empty; keys are compared as a whole, old ones by the host of their address.
 *
 * @throws CredentialsError when that entry cannot be read
 */
export function findEntry(config: CredentialConfig, keys: CredentialKeys): Credential | undefined {
  const { auths: entries = {} } = config.content;
  const exact = [...keys.paths, ...keys.servers].find((key) => Object.hasOwn(entries, key));
  const key = exact ?? Object.keys(entries).find((old) => isOldKey(old, config.format, keys));
  return key === undefined ? undefined : decodeEntry(entries[key], config.place, key);
}

/** Tells whether a key is an old one of these. */
export function isOldKey(key: string, format: ConfigFormat, keys: CredentialKeys): boolean {
  const host = hostOfKey(key, format === 'dockercfg');
  return host !== undefined && keys.hosts.includes(host);
}
