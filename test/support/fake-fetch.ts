import { Registry, type RegistryOptions, type Repository } from '../../src/index.ts';
import { createSender, type SenderOptions } from '../../src/remote/connection/sender.ts';
import type { Fetch, FetchInit, Send } from '../../src/remote/http/fetch.ts';
import { settingsOf } from '../../src/remote/http/settings.ts';

/** A request as the network would have seen it. */
export interface SentRequest {
  method: string;
  url: string;
  headers: Headers;
  body: Blob | undefined;
  init: FetchInit;
}

/** What answers a request: a table of `METHOD path-with-query`, the answers in their order, or a function. */
export type Answers =
  | Readonly<Record<string, (request: SentRequest) => Response | Promise<Response>>>
  | readonly Response[]
  | ((request: SentRequest, number: number) => Response | Promise<Response>);

/** A `fetch` without a network that keeps every request it gets. A request without an answer fails the test. */
export function fakeFetch(answers: Answers): { fetch: Fetch; requests: SentRequest[]; sent: () => string[] } {
  const requests: SentRequest[] = [];
  const fetch: Fetch = async (url, init = {}) => {
    init.signal?.throwIfAborted();
    const request = {
      method: init.method ?? 'GET',
      url,
      headers: new Headers(init.headers),
      body: (init.body ?? undefined) as Blob | undefined,
      init,
    };
    requests.push(request);
    return answer(answers, request, requests.length - 1);
  };
  return { fetch, requests, sent: () => requests.map(nameOf) };
}

async function answer(answers: Answers, request: SentRequest, number: number): Promise<Response> {
  if (typeof answers === 'function') return answers(request, number);
  const name = nameOf(request);
  const found = Array.isArray(answers) ? (answers as readonly Response[])[number] : tableOf(answers)[name]?.(request);
  if (!found) throw new Error(`Request ${number + 1} is not expected: ${name}`);
  return found;
}

function tableOf(answers: Answers): Extract<Answers, Record<string, unknown>> {
  return answers as Extract<Answers, Record<string, unknown>>;
}

function nameOf({ method, url }: SentRequest): string {
  return `${method} ${url.replace('https://reg.test', '')}`;
}

/** What was sent by way of a {@link fakeFetch}. */
export interface Sent {
  requests: SentRequest[];
  sent: () => string[];
}

/** Retries without waiting for them. */
export const atOnce = { delay: (): number => 0 };

/** A client whose requests get these answers, and are sent again at once. */
export function fakeRegistry(answers: Answers, options: RegistryOptions = {}): { registry: Registry } & Sent {
  const { fetch, ...sent } = fakeFetch(answers);
  return { registry: new Registry({ fetch, retry: atOnce, ...options }), ...sent };
}

/** The repository `org/hello` of `https://reg.test`, whose requests get these answers. */
export function fakeRepository(answers: Answers, options: RegistryOptions = {}): { repository: Repository } & Sent {
  const { registry, ...sent } = fakeRegistry(answers, options);
  return { repository: registry.repository('reg.test/org/hello'), ...sent };
}

/** What sends requests to `https://reg.test`, which get these answers. */
export function fakeSender(answers: Answers, options: Partial<SenderOptions> = {}): { send: Send } & Sent {
  const { fetch, ...sent } = fakeFetch(answers);
  const registry = { host: 'reg.test', origin: 'https://reg.test' };
  const decided = { settings: settingsOf(atOnce), trust: {}, observer: {}, credentials: undefined, hosts: undefined };
  return { send: createSender({ ...registry, ...decided, fetch, ...options }), ...sent };
}

/** A request that is never answered, but can be aborted. */
export function unanswered({ init }: SentRequest): Promise<never> {
  return new Promise((_, reject) => init.signal?.addEventListener('abort', () => reject(init.signal?.reason)));
}

/** A request whose connection breaks. */
export function broken(): never {
  throw new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') });
}

/** An answer as JSON. */
export function json(value: unknown, init: ResponseInit = {}): Response {
  const headers = new Headers(init.headers);
  if (!headers.has('content-type')) headers.set('content-type', 'application/json');
  return new Response(JSON.stringify(value), { ...init, headers });
}

/** An answer without a body. */
export function status(code: number, headers: Record<string, string> = {}): Response {
  return new Response(null, { status: code, headers });
}

/** An answer as a registry refuses: with one error of its own, and a challenge where it belongs. */
export function refusal(code: number, error: string, message = ''): Response {
  const headers: Record<string, string> = code === 401 ? { 'www-authenticate': 'Basic realm="x"' } : {};
  return json({ errors: [{ code: error, message }] }, { status: code, headers });
}
