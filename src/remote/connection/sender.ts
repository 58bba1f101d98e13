import { withAuth } from '../auth/auth.ts';
import type { CredentialSource } from '../auth/credentials.ts';
import { withAnswerTimeout } from '../http/answer-timeout.ts';
import { createApiClient } from '../http/api-client.ts';
import { Backoff } from '../http/backoff.ts';
import type { Fetch, Send } from '../http/fetch.ts';
import { type Observer, withObserver } from '../http/observe.ts';
import type { TransportSettings } from '../http/settings.ts';
import { type HostRules, rulesFor } from '../trust/hosts.ts';
import type { TrustOptions } from '../trust/trust.ts';

/** Options of {@link createSender}. */
export interface SenderOptions {
  /** Host as in the reference. */
  host: string;
  /** Origin of the registry. */
  origin: string;
  /** The innermost fetch. */
  fetch: Fetch;
  /** Source of the credential; undefined for anonymous access. */
  credentials: CredentialSource | undefined;
  /** Retries and timeouts. */
  settings: TransportSettings;
  /** Allowed redirects, token services and upload locations. */
  trust: TrustOptions;
  /** Rules by host. */
  hosts: Readonly<Record<string, HostRules>> | undefined;
  /** Listeners for requests, responses and warnings. */
  observer: Observer;
}

/**
 * Composes the function that sends all requests to one registry: retries, authentication, observer, timeouts, `fetch`.
 */
export function createSender(options: SenderOptions): Send {
  const { credentials, host, origin, settings, trust } = options;
  const rules = rulesFor(host, options.hosts);
  // The time that a listener takes must not count towards the timeouts.
  const fetch = withObserver(withAnswerTimeout(options.fetch, settings.timeouts), options.observer);
  const realms = [...(rules.realms ?? []), ...(trust.realms ?? [])];
  const backoff = new Backoff();
  const send = createApiClient(fetch, settings, backoff);
  const { challenge } = rules;
  return createApiClient(withAuth(fetch, { host, origin, credentials, send, realms, challenge }), settings, backoff);
}
