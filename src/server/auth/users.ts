import { randomHex } from '../../bytes/random.ts';
import { digestOf } from '../../oci/digest.ts';
import type { Digest } from '../../types.ts';

/** Users and their passwords. Only digests of the passwords are kept. */
export class Users {
  readonly #digests = new Map<string, Digest>();
  /** Compared with the password of an unknown user; no password has this digest. */
  readonly #nobody = `sha256:${randomHex(32)}`;

  /**
   * The users with their passwords.
   *
   * @throws RangeError when a name has a colon, which ends the name in Basic authorization
   */
  constructor(passwords: Readonly<Record<string, string>>) {
    for (const [name, password] of Object.entries(passwords)) {
      if (name === '' || name.includes(':')) throw new RangeError('A user name must not be empty nor have a colon');
      this.#digests.set(name, digestOfText(password));
    }
  }

  /**
   * Tells whether this is the user's password, in constant time: digests are compared completely, also for an unknown
   * user.
   */
  verify(name: string, password: string): boolean {
    const given = digestOfText(password);
    const wanted = this.#digests.get(name) ?? this.#nobody;
    let difference = given.length ^ wanted.length;
    for (let i = 0; i < given.length; i++) difference |= given.charCodeAt(i) ^ wanted.charCodeAt(i);
    return difference === 0;
  }

  /**
   * The user that an `Authorization` header authenticates by the Basic scheme (RFC 7617); undefined without a valid
   * one.
   */
  fromAuthorization(header: string | null): string | undefined {
    const text = decode(/^basic +(\S+)$/i.exec(header ?? '')?.[1] ?? '');
    const colon = text.indexOf(':');
    if (colon < 0) return undefined;
    const name = text.slice(0, colon);
    return this.verify(name, text.slice(colon + 1)) ? name : undefined;
  }
}

function digestOfText(text: string): Digest {
  return digestOf(new TextEncoder().encode(text));
}

function decode(base64: string): string {
  try {
    return new TextDecoder().decode(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)));
  } catch {
    return '';
  }
}
