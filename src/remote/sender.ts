import { withAnswerTimeout } from './answer-timeout.ts';
import { withAuth } from './auth.ts';
import { Backoff } from './backoff.ts';
import type { CredentialSource } from './credentials.ts';
import { type HostRules, rulesFor } from './hosts.ts';
import { type Observer, observed } from './observe.ts';
import type { TransportSettings } from './settings.ts';
import { createSend, type Fetch, type Send } from './transport.ts';
import type { TrustOptions } from './trust.ts';

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
  const send = createSend(fetch, settings, backoff);
  const { challenge } = rules;
  return createSend(withAuth(fetch, { host, origin, credentials, send, realms, challenge }), settings, backoff);
}
