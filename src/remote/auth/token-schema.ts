import { checked, fields, optional, type Schema } from '../../json/schema.ts';
import { isToken } from './credentials.ts';

/** The answer of a token service (distribution's token specification; RFC 6749, section 5.1, for OAuth2). */
export interface TokenAnswer {
  /** The token in distribution's words. */
  token?: string;
  /** The token in the words of OAuth2, which goes first. */
  access_token?: string;
  /** Seconds it lives. */
  expires_in?: number;
}

const usableToken: Schema<string> = checked((value) => typeof value === 'string' && isToken(value), 'a token');
const seconds: Schema<number> = checked((value) => typeof value === 'number' && value > 0, 'a number of seconds');

/** Each of its fields is left out when it cannot be used. */
export const tokenAnswer: Schema<TokenAnswer> = fields({
  token: optional(usableToken),
  access_token: optional(usableToken),
  expires_in: optional(seconds),
});
