import { CredentialsError, UnsupportedError } from '../../errors.ts';
import { Reference } from '../../oci/reference.ts';
import type { AbortOptions } from '../../options.ts';
import type { Credential } from '../../remote/auth/credentials.ts';
import { type HelperUse, helperFor, isOldKey } from './config.ts';
import { updateConfig } from './config-file.ts';
import { encodeEntry, withoutCredential } from './entries.ts';
import { eraseFromHelper, getFromHelper, storeInHelper } from './helper.ts';
import { entriesIn, type JsonObject } from './json.ts';
import { type CredentialKeys, keysOf } from './keys.ts';
import type { CredentialPlaces } from './places.ts';

/**
 * Stores a credential: in the registry's helper, or else in the file, unless `plaintext` is false.
 *
 * @throws InvalidReferenceError, CredentialsError or UnsupportedError; nothing was stored then
 */
export async function storeCredential(
  places: CredentialPlaces,
  name: string,
  credential: Credential,
  { signal, plaintext = true }: AbortOptions & { plaintext?: boolean | undefined },
): Promise<void> {
  signal?.throwIfAborted();
  const keys = keysOf(name);
  const key = checkName(name, keys);
  const place = places.written;
  checkUsername(name, credential, place);
  const config = await places.readWritten();
  const helper = config && helperFor(config, keys);
  if (!helper && !plaintext) {
    const message = `Cannot store the credentials of ${name}: no credential helper is configured in ${place}`;
    throw new UnsupportedError(message, 'storing credentials without a helper');
  }
  if (helper) await storeInHelper(helper, forHelper(helper, name, keys, credential), places.helperSettings, { signal });
  // With a helper, an empty entry in the file records that there is a credential, as docker does.
  const fields = helper ? {} : encodeEntry(credential);
  const change = (content: JsonObject): JsonObject => {
    const auths = entriesIn(content, place);
    const kept = Object.hasOwn(auths, key) ? withoutCredential(auths[key]) : {};
    return { ...content, auths: { ...auths, [key]: { ...kept, ...fields } } };
  };
  await updateConfig(place, change, { mayCreate: true });
}

/**
 * Removes the credential for exactly this name from the file, including URL keys, and from its helper. Returns whether
 * there was one; an empty entry counts, as it records a credential in a helper.
 *
 * @throws CredentialsError when the file cannot be written, or the helper fails
 */
export async function eraseCredential(
  places: CredentialPlaces,
  name: string,
  { signal }: AbortOptions,
): Promise<boolean> {
  signal?.throwIfAborted();
  const keys = keysOf(name);
  const [path] = keys.paths;
  const place = places.written;
  const config = await places.readWritten();
  const isMeant = (key: string): boolean =>
    path === undefined ? keys.servers.includes(key) || isOldKey(key, 'config', keys) : key === path;
  let wasThere = false;
  const change = (content: JsonObject): JsonObject => {
    const all = Object.entries(entriesIn(content, place));
    const others = all.filter(([key]) => !isMeant(key));
    wasThere = others.length < all.length;
    return wasThere ? { ...content, auths: Object.fromEntries(others) } : content;
  };
  // The file first: its plain text must be removed even if the helper fails.
  await updateConfig(place, change, { mayCreate: false });
  const helper = config && path === undefined && helperFor(config, keys);
  if (!helper) return wasThere;
  const settings = places.helperSettings;
  // Most helpers do not report whether they erased anything. A helper whose `get` fails may still be able to erase.
  const isKept = !wasThere && (await getFromHelper(helper, settings, { signal }).then(Boolean, () => true));
  const isErased = await eraseFromHelper(helper, settings, { signal });
  return wasThere || (isKept && isErased);
}

/** The key to store under, for a host with or without a path. */
function checkName(name: string, { hosts, paths, servers }: CredentialKeys): string {
  const [path] = paths;
  const host = hosts[0] ?? name;
  const { repository } = new Reference({ host, repository: path?.slice(path.indexOf('/') + 1) ?? 'any' });
  return path === undefined ? (servers[0] ?? host) : `${host}/${repository}`;
}

function checkUsername(name: string, credential: Credential, place: string): void {
  const { username } = 'token' in credential ? {} : credential;
  const refuse = (why: string): never => {
    throw new CredentialsError(`Cannot store the credentials of ${name}: ${why}`, place);
  };
  // RFC 7617: the first colon ends the user name.
  if (username?.includes(':')) refuse('the user name has a colon');
  // Docker could not read the whole file any more.
  if (username === '' && 'password' in credential) refuse('the user name is empty');
}

/** The credential, if a helper can store it. */
function forHelper(
  helper: HelperUse,
  name: string,
  keys: CredentialKeys,
  credential: Credential,
): Exclude<Credential, { token: string }> {
  const refuse = (what: string): never => {
    const message = `Cannot store the credentials of ${name}: docker-credential-${helper.name} cannot keep ${what}`;
    throw new UnsupportedError(message, `${what} in a credential helper`);
  };
  if (keys.paths.length > 0) return refuse('those of a path');
  return 'token' in credential ? refuse('a bearer token') : credential;
}
