import { readValue } from '../../json/json.ts';
import { object, text } from '../../json/schema.ts';
import type { Credential } from '../../remote/auth/credentials.ts';
import { decodeEntry } from './entries.ts';
import { type ConfigFields, configFields, found, parseObject, variableFields } from './json.ts';
import { type CredentialKeys, hostOfKey } from './keys.ts';

/**
 * The format of a place: docker's `config.json`, which podman's `auth.json` equals; the `.dockercfg` before it, which
 * has only `auths`; or the variable DOCKER_AUTH_CONFIG, of which only the `auths` are used, because a variable must not
 * start programs.
 */
export type ConfigFormat = 'config' | 'dockercfg' | 'variable';

/** The credential configuration of one place. */
export interface CredentialConfig {
  /** Path of the file, or name of the variable. */
  place: string;
  /** Its format. */
  format: ConfigFormat;
  /** Its content; all of a `.dockercfg` is `auths`. */
  content: ConfigFields;
}

/** A helper program, and the name to ask it for. */
export interface HelperUse {
  /** Name of the helper as configured: the program is `docker-credential-<name>`. */
  name: string;
  /** The server URL that its credential is stored under. */
  server: string;
}

/**
 * Parses the text of one place.
 *
 * @throws CredentialsError naming the place, when the text does not have its format
 */
export function parseConfig(json: string, place: string, format: ConfigFormat): CredentialConfig {
  if (format === 'dockercfg') return { place, format, content: { auths: parseObject(json, place, object) } };
  return { place, format, content: parseObject(json, place, format === 'config' ? configFields : variableFields) };
}

/**
 * The helper of a registry: its own in `credHelpers`, or else the `credsStore`; undefined when only `auths` is used. An
 * empty name in `credHelpers` turns the `credsStore` off for that registry, as in docker.
 *
 * @throws CredentialsError when the name of a helper is not text
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
 * The credential in `auths`, undefined when there is none. The first key with an entry is used, even if the entry is
 * empty. Keys must be equal; URL keys of old versions are compared by their host.
 *
 * @throws CredentialsError when that entry cannot be read
 */
export function findEntry(config: CredentialConfig, keys: CredentialKeys): Credential | undefined {
  const { auths: entries = {} } = config.content;
  const exact = [...keys.paths, ...keys.servers].find((key) => Object.hasOwn(entries, key));
  const key = exact ?? Object.keys(entries).find((old) => isOldKey(old, config.format, keys));
  return key === undefined ? undefined : decodeEntry(entries[key], config.place, key);
}

/** Tells whether a key is a URL key of an old version, for one of these hosts. */
export function isOldKey(key: string, format: ConfigFormat, keys: CredentialKeys): boolean {
  const host = hostOfKey(key, format === 'dockercfg');
  return host !== undefined && keys.hosts.includes(host);
}
