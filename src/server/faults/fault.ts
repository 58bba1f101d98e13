import { NetworkError } from '../../errors.ts';
import { Cors } from '../http/cors.ts';
import { Refusal, type RefusalCode } from '../http/refusal.ts';
import { type Route, routeOf } from '../http/route.ts';

/**
 * One way a registry differs from the specification, or fails: it may change the request before it hands it to `next`,
 * change the answer, or give one of its own. A rejection stands for a connection that broke.
 */
export type Fault = (request: Request, next: (request: Request) => Promise<Response>) => Promise<Response>;

/** When a fault happens. */
export interface FaultLimit {
  /** The requests it happens to, among those it is about. Default: all. */
  match?: ((request: Request) => boolean) | undefined;
  /** How often it happens, counted from the first time. Default: always. */
  times?: number | undefined;
}

/** Tells whether a fault happens to a request it is about, and counts it then. */
export type Take = (request: Request) => boolean;

/** Counts how often a fault has happened. */
export function counting({ match = () => true, times = Number.POSITIVE_INFINITY }: FaultLimit): Take {
  let left = times;
  return (request) => match(request) && left > 0 && left-- > 0;
}

/** What a request is for; undefined when it is no request of the API. */
export function kindOf(request: Request): Route['kind'] | undefined {
  return routeOf(new URL(request.url).pathname)?.kind;
}

/** An answer with one header changed, or without it. */
export function withHeader(response: Response, name: string, value: string | undefined): Response {
  const headers = new Headers(response.headers);
  if (value === undefined) headers.delete(name);
  else headers.set(name, value);
  return new Response(response.body, { status: response.status, headers });
}

/** An answer that the registry knows nothing of; a page can read it like any other. */
export function refusal(
  request: Request,
  status: number,
  { code = 'UNKNOWN', headers = {} }: { code?: RefusalCode; headers?: Record<string, string> } = {},
): Response {
  const response = new Refusal(status, code, 'This is a fault on demand', { headers }).toResponse();
  new Cors({}).expose(request, response.headers);
  return request.method === 'HEAD' ? new Response(null, response) : response;
}

/** What fetch rejects with when a connection breaks; `serve` then breaks it. */
export function connectionBroken({ url }: Request): TypeError {
  const cause = new NetworkError('The connection broke, as a fault on demand', url.replace(/[?#].*/, ''), false);
  return new TypeError('fetch failed', { cause });
}
