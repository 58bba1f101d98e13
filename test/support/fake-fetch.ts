import { Reference } from '../../src/oci/reference.ts';
import { Connection } from '../../src/remote/connection.ts';
import { Repository } from '../../src/remote/repository.ts';
import { createSend, type Fetch, type FetchInit } from '../../src/remote/transport.ts';

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

/** The repository `org/hello` of `https://reg.test`, whose requests get these answers. */
export function fakeRepository(answers: Answers): {
  repository: Repository;
  connection: Connection;
  requests: SentRequest[];
  sent: () => string[];
} {
  const { fetch, requests, sent } = fakeFetch(answers);
  const reference = Reference.parse('reg.test/org/hello');
  const connection = new Connection(reference, 'https://reg.test', createSend(fetch));
  return { repository: new Repository(reference, connection), connection, requests, sent };
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

/** An answer as a registry refuses: with one error of its own. */
export function refusal(code: number, error: string, message = ''): Response {
  return json({ errors: [{ code: error, message }] }, { status: code });
}
