import { checked, fields, optional, type Schema } from '../../json/schema.ts';
import { isToken } from './credentials.ts';

/** The answer of a token service (distribution's token specification; RFC 6749, section 5.1, for OAuth2). */
export interface TokenAnswer {
  /** The token, as distribution's specification names it. */
  token?: string;
  /** The token, as OAuth2 names it; it takes precedence. */
  access_token?: string;
  /** Lifetime in seconds. */
  expires_in?: number;
}

const usableToken: Schema<string> = checked((value) => typeof value === 'string' && isToken(value), 'a token');
const seconds: Schema<number> = checked((value) => typeof value === 'number' && value > 0, 'a number of seconds');

/** Schema of a token answer. A field with an unusable value is left out. */
export const tokenAnswer: Schema<TokenAnswer> = fields({
  token: optional(usableToken),
  access_token: optional(usableToken),
  expires_in: optional(seconds),
});
