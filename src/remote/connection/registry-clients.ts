import type { Reference } from '../../oci/reference.ts';
import type { Credential, CredentialSource } from '../auth/credentials.ts';
import { withAnswerTimeout } from '../http/answer-timeout.ts';
import type { Fetch, Send } from '../http/fetch.ts';
import type { Observer } from '../http/observe.ts';
import { withRedirectRules } from '../http/redirects.ts';
import { type RetryOptions, settingsOf, type TimeoutOptions, type TransportSettings } from '../http/settings.ts';
import { isLoopbackHost } from '../trust/address.ts';
import type { HostRules } from '../trust/hosts.ts';
import { normalized, type TrustOptions } from '../trust/trust.ts';
import { Connection } from './connection.ts';
import { withTrialCredential } from './ping.ts';
import { createSender } from './sender.ts';

/** How registries are reached. */
export interface ConnectOptions extends Observer {
  /**
   * Uses http instead of https. Default: for this machine's own addresses only (`localhost`, `127.…`, `[::1]`), however
   * they are written; not for names below `localhost`.
   */
  plainHttp?: boolean | undefined;
  /** What sends the requests. Default: the platform's `fetch`; in Node, a client of the package's own over node:http. */
  fetch?: Fetch | undefined;
  /** When requests are sent again. */
  retry?: RetryOptions | undefined;
  /** How long a registry may keep its client waiting. */
  timeouts?: TimeoutOptions | undefined;
  /** What a registry may lead to besides itself. */
  trust?: TrustOptions | undefined;
  /** What is particular about registries, by host, besides what is known already. */
  hosts?: Readonly<Record<string, HostRules>> | undefined;
}

/** The registries that one client asks: a sender for each, which knows its challenges, tokens and waits. */
export class RegistryClients {
  readonly #options: ConnectOptions;
  readonly #credentials: CredentialSource;
  readonly #settings: TransportSettings;
  readonly #trust: TrustOptions;
  readonly #fetch: Fetch;
  readonly #senders = new Map<string, Send>();

  /** Registries that are asked with credentials from one source; nothing is sent yet.
   *
   * @throws RangeError when a number of `retry` or `timeouts` is none
   * @throws TypeError when an origin of `trust` is none
   */
  constructor(options: ConnectOptions, credentials: CredentialSource) {
    this.#options = options;
    this.#credentials = credentials;
    this.#settings = settingsOf(options.retry, options.timeouts);
    this.#trust = normalized(options.trust ?? {});
    const fetch = options.fetch ?? ((url, init) => globalThis.fetch(url, init));
    this.#fetch = withRedirectRules(fetch, this.#trust.redirects);
  }

  /** What sends a request by itself, without retries and authentication. */
  get fetch(): Fetch {
    return withAnswerTimeout(this.#fetch, this.#settings.timeouts);
  }

  /** The connection to the repository of a reference; `retry` is for its requests, where it says something else.
   *
   * @throws RangeError when a number of `retry` is none
   */
  to(reference: Reference, retry: RetryOptions = {}): Connection {
    const { hosts, timeouts } = this.#options;
    const given = Object.entries(retry).filter(([, value]) => value !== undefined);
    const settings = settingsOf({ ...this.#options.retry, ...Object.fromEntries(given) }, timeouts);
    const trust = this.#trust;
    return new Connection(reference, this.originOf(reference), this.senderFor(reference), { settings, trust, hosts });
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

  /** A sender of its own for the registry of a reference, which knows nothing yet, and tries a credential out. */
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

  /** Forgets what registries asked for and gave: others are asking from now on. */
  forget(): void {
    this.#senders.clear();
  }
}
