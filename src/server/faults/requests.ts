import type { RefusalCode } from '../http/refusal.ts';
import { connectionBroken, counting, type Fault, type FaultLimit, kindOf, refusal } from './fault.ts';

const codes: Readonly<Record<number, RefusalCode>> = {
  401: 'UNAUTHORIZED',
  403: 'DENIED',
  405: 'UNSUPPORTED',
  429: 'TOOMANYREQUESTS',
};

/** Faults of any request. */
export const requestFaults = {
  /** Refuses requests with a status, such as 429, 500 or 503; `headers` may have a `retry-after`. */
  refuse(status: number, options: FaultLimit & { headers?: Record<string, string> } = {}): Fault {
    const take = counting(options);
    const code = codes[status] ?? 'UNKNOWN';
    return async (request, next) => {
      if (!take(request)) return next(request);
      return refusal(request, status, { code, headers: options.headers ?? {} });
    };
  },

  /** Breaks the connection before the registry gets the request. */
  disconnect(limit: FaultLimit = {}): Fault {
    const take = counting(limit);
    return async (request, next) => {
      if (take(request)) throw connectionBroken(request);
      return next(request);
    };
  },

  /**
   * Has no referrers API, as registries before version 1.1 of the specification: its path is 404, and no response to a
   * push has `OCI-Subject`.
   */
  noReferrers(limit: FaultLimit = {}): Fault {
    const take = counting(limit);
    return async (request, next) => {
      if (kindOf(request) === 'referrers' && take(request)) return refusal(request, 404);
      const response = await next(request);
      if (response.headers.has('oci-subject') && take(request)) response.headers.delete('oci-subject');
      return response;
    };
  },

  /**
   * Redirects downloads of blobs to the same path of another origin (307), as registries with a separate content store
   * do.
   */
  redirectBlobs(origin: string, limit: FaultLimit = {}): Fault {
    const take = counting(limit);
    return async (request, next) => {
      const response = await next(request);
      if (kindOf(request) !== 'blob' || ![200, 206].includes(response.status) || !take(request)) return response;
      await response.body?.cancel();
      const headers = new Headers(response.headers);
      for (const name of ['content-type', 'content-range', 'etag', 'accept-ranges']) headers.delete(name);
      const { pathname, search } = new URL(request.url);
      headers.set('content-length', '0');
      headers.set('location', new URL(pathname + search, origin).href);
      return new Response(null, { status: 307, headers });
    };
  },
};
