import { withAuth } from '../auth/auth.ts';
import type { CredentialSource } from '../auth/credentials.ts';
import { withAnswerTimeout } from '../http/answer-timeout.ts';
import { createApiClient } from '../http/api-client.ts';
import { Backoff } from '../http/backoff.ts';
import type { Fetch, Send } from '../http/fetch.ts';
import { type Observer, observed } from '../http/observe.ts';
import type { TransportSettings } from '../http/settings.ts';
import { type HostRules, rulesFor } from '../trust/hosts.ts';
import type { TrustOptions } from '../trust/trust.ts';

/** What the requests to one registry go through. */
export interface SenderOptions {
  /** Host as in the reference. */
  host: string;
  /** Origin of the registry. */
  origin: string;
  /** What sends in the end. */
  fetch: Fetch;
  /** Who is asking. */
  credentials: CredentialSource | undefined;
  /** Retries and timeouts. */
  settings: TransportSettings;
  /** Whom the registry may lead to. */
  trust: TrustOptions;
  /** What is particular about hosts. */
  hosts: Readonly<Record<string, HostRules>> | undefined;
  /** Who is told. */
  observer: Observer;
}

/** Sends requests to one registry: repeated where that helps, authenticated, timed and observed. */
export function createSender(options: SenderOptions): Send {
  const { credentials, host, origin, settings, trust } = options;
  const rules = rulesFor(host, options.hosts);
  // What an observer takes is not the registry's time.
  const fetch = observed(withAnswerTimeout(options.fetch, settings.timeouts), options.observer);
  const realms = [...(rules.realms ?? []), ...(trust.realms ?? [])];
  const backoff = new Backoff();
  const send = createApiClient(fetch, settings, backoff);
  const { challenge } = rules;
  return createApiClient(withAuth(fetch, { host, origin, credentials, send, realms, challenge }), settings, backoff);
}
