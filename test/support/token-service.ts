import { parseChallenges } from '../../src/remote/answers/challenge.ts';
import type { Credential } from '../../src/remote/auth/credentials.ts';
import { fetchToken, type Token } from '../../src/remote/auth/tokens.ts';
import { createApiClient } from '../../src/remote/http/api-client.ts';
import { Backoff } from '../../src/remote/http/backoff.ts';
import { settingsOf } from '../../src/remote/http/settings.ts';
import { rulesFor } from '../../src/remote/trust/hosts.ts';
import { atOnce, fakeFetch, json, type SentRequest } from './fake-fetch.ts';

/** The scopes of every token that is asked for here. */
export const scopes: readonly string[] = ['repository:a/b:pull', 'repository:c/d:pull,push'];

/** Who asks whom for a token. */
export interface Asked {
  realm?: string;
  registry?: string;
  service?: string;
  credential?: Credential;
  realms?: readonly string[];
}

/** Asks a token service that gives this answer. */
export function ask(
  answer: (request: SentRequest) => Response,
  asked: Asked = {},
): { token: Promise<Token>; requests: SentRequest[] } {
  const { realm = 'https://reg.test/token', registry = 'https://reg.test', service = 'reg', credential } = asked;
  const { fetch, requests } = fakeFetch(answer);
  const challenge = parseChallenges(`Bearer realm="${realm}",service="${service}"`)[0]!;
  const { realms = rulesFor(new URL(registry).host.replace('registry-1.', '')).realms ?? [] } = asked;
  const send = createApiClient(fetch, settingsOf(atOnce), new Backoff());
  const token = fetchToken(send, { origin: registry, challenge, scopes, credential, realms });
  return { token, requests };
}

/** An answer with a token. */
export const good = (): Response => json({ token: 'SECRET' });
