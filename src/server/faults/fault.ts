import { NetworkError } from '../../errors.ts';
import { Cors } from '../http/cors.ts';
import { Refusal, type RefusalCode } from '../http/refusal.ts';
import { type Route, routeOf } from '../http/route.ts';

/**
 * A fault: one way in which a registry deviates from the specification, or fails. It may change the request before it
 * calls `next`, change the response, or make its own. A rejection means a broken connection.
 */
export type Fault = (request: Request, next: (request: Request) => Promise<Response>) => Promise<Response>;

/** When a fault applies. */
export interface FaultLimit {
  /** Selects the requests it applies to, among those of its kind. Default: all. */
  match?: ((request: Request) => boolean) | undefined;
  /** How often it applies, counted from the first time. Default: always. */
  times?: number | undefined;
}

/** Tells whether a fault applies to a request, and counts it. */
export type Take = (request: Request) => boolean;

/** Counts how often a fault has applied. */
export function counting({ match = () => true, times = Number.POSITIVE_INFINITY }: FaultLimit): Take {
  let left = times;
  return (request) => match(request) && left > 0 && left-- > 0;
}

/** The kind of endpoint of a request; undefined for a path outside the API. */
export function kindOf(request: Request): Route['kind'] | undefined {
  return routeOf(new URL(request.url).pathname)?.kind;
}

/** A response with one header changed, or removed. */
export function withHeader(response: Response, name: string, value: string | undefined): Response {
  const headers = new Headers(response.headers);
  if (value === undefined) headers.delete(name);
  else headers.set(name, value);
  return new Response(response.body, { status: response.status, headers });
}

/** An error response of a fault; with CORS headers, so that a page can read it. */
export function refusal(
  request: Request,
  status: number,
  { code = 'UNKNOWN', headers = {} }: { code?: RefusalCode; headers?: Record<string, string> } = {},
): Response {
  const response = new Refusal(status, code, 'This is a fault on demand', { headers }).toResponse();
  new Cors({}).expose(request, response.headers);
  return request.method === 'HEAD' ? new Response(null, response) : response;
}

/** The error of a broken connection, as fetch rejects with it; `serve` then breaks the connection. */
export function connectionBroken({ url }: Request): TypeError {
  const cause = new NetworkError('The connection broke, as a fault on demand', url.replace(/[?#].*/, ''), false);
  return new TypeError('fetch failed', { cause });
}
