import type { Reference } from '../../oci/reference.ts';
import type { Credential, CredentialSource } from '../auth/credentials.ts';
import { withAnswerTimeout } from '../http/answer-timeout.ts';
import type { Fetch, Send } from '../http/fetch.ts';
import type { Observer } from '../http/observe.ts';
import { withRedirectRules } from '../http/redirects.ts';
import { type RetryOptions, settingsOf, type TimeoutOptions, type TransportSettings } from '../http/settings.ts';
import { isLoopbackHost } from '../trust/address.ts';
import { type HostRules, rulesFor } from '../trust/hosts.ts';
import { normalizeTrust, type TrustOptions } from '../trust/trust.ts';
import { Capabilities } from './capabilities.ts';
import { Connection } from './connection.ts';
import { withTrialCredential } from './ping.ts';
import { createSender } from './sender.ts';

/** How registries are reached. */
export interface ConnectOptions extends Observer {
  /**
   * Uses http instead of https. Default: false, except for loopback hosts (`localhost`, `127.…`, `[::1]`), in every
   * spelling; not for names below `localhost`.
   */
  plainHttp?: boolean | undefined;
  /** The fetch to use. Default: the platform's `fetch`; in Node, this package's own HTTP client over node:http. */
  fetch?: Fetch | undefined;
  /** Retries of requests. */
  retry?: RetryOptions | undefined;
  /** Timeouts of requests. */
  timeouts?: TimeoutOptions | undefined;
  /** Which redirects, token services, upload locations and list pages on other origins are allowed. */
  trust?: TrustOptions | undefined;
  /** Rules of registries by host, in addition to the known ones. */
  hosts?: Readonly<Record<string, HostRules>> | undefined;
}

/** The clients of all registries, with a sender for each, which holds its challenge, tokens and backoff. */
export class RegistryClients {
  readonly #options: ConnectOptions;
  readonly #credentials: CredentialSource;
  readonly #settings: TransportSettings;
  readonly #trust: TrustOptions;
  readonly #fetch: Fetch;
  readonly #senders = new Map<string, Send>();
  /** By host and repository. */
  readonly #capabilities = new Map<string, Capabilities>();

  /**
   * Clients that use one source of credentials; nothing is sent yet.
   *
   * @throws RangeError when a number in `retry` or `timeouts` is invalid
   * @throws TypeError when an origin in `trust` is invalid
   */
  constructor(options: ConnectOptions, credentials: CredentialSource) {
    this.#options = options;
    this.#credentials = credentials;
    this.#settings = settingsOf(options.retry, options.timeouts);
    this.#trust = normalizeTrust(options.trust ?? {});
    const fetch = options.fetch ?? ((url, init) => globalThis.fetch(url, init));
    this.#fetch = withRedirectRules(fetch, this.#trust.redirects);
  }

  /** The fetch without retries and authentication. */
  get fetch(): Fetch {
    return withAnswerTimeout(this.#fetch, this.#settings.timeouts);
  }

  /**
   * The connection to the repository of a reference; `retry` overrides the retry options for its requests.
   *
   * @throws RangeError when a number in `retry` is invalid
   */
  to(reference: Reference, retry: RetryOptions = {}): Connection {
    const { hosts, timeouts } = this.#options;
    const given = Object.entries(retry).filter(([, value]) => value !== undefined);
    const settings = settingsOf({ ...this.#options.retry, ...Object.fromEntries(given) }, timeouts);
    const trust = this.#trust;
    const capabilities = this.#capabilitiesOf(reference);
    const send = this.senderFor(reference);
    return new Connection(reference, this.originOf(reference), send, { settings, trust, hosts }, capabilities);
  }

  #capabilitiesOf({ host, repository }: Reference): Capabilities {
    const key = `${host}/${repository}`;
    const found = this.#capabilities.get(key) ?? new Capabilities(rulesFor(host, this.#options.hosts).referrers);
    this.#capabilities.set(key, found);
    return found;
  }

  /** Origin of the registry of a reference. */
  originOf({ apiHost }: Reference): string {
    const url = new URL(`https://${apiHost}`);
    const isPlain = this.#options.plainHttp ?? isLoopbackHost(url.hostname);
    return isPlain ? new URL(`http://${apiHost}`).origin : url.origin;
  }

  /** The sender for the registry of a reference, the same each time. */
  senderFor(reference: Reference): Send {
    const { host } = reference;
    const send = this.#senders.get(host) ?? this.#newSender(reference, this.#credentials);
    this.#senders.set(host, send);
    return send;
  }

  /** A new sender for the registry of a reference, without a challenge or tokens, that tests a credential. */
  newSenderFor(reference: Reference, credential: Credential): Send {
    return withTrialCredential((credentials) => this.#newSender(reference, credentials), credential, reference.host);
  }

  #newSender(reference: Reference, credentials: CredentialSource): Send {
    const { host } = reference;
    const { hosts, onRequest, onResponse, onWarning } = this.#options;
    const observer = { onRequest, onResponse, onWarning };
    const origin = this.originOf(reference);
    const settings = this.#settings;
    const trust = this.#trust;
    return createSender({ host, origin, fetch: this.#fetch, credentials, settings, trust, hosts, observer });
  }

  /** Forgets all challenges and tokens, and what was found out with them, because the credentials have changed. */
  forget(): void {
    this.#senders.clear();
    this.#capabilities.clear();
  }
}
