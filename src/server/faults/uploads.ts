import { bodyOf } from '../http/received.ts';
import { connectionBroken, counting, type Fault, type FaultLimit, kindOf, refusal, withHeader } from './fault.ts';

type Next = Parameters<Fault>[1];

/** Faults of uploads. */
export const uploadFaults = {
  /** Does not support a monolithic POST: a session starts instead (202). */
  noSinglePost(limit: FaultLimit = {}): Fault {
    return withoutQuery(['digest'], limit);
  },

  /** Does not mount blobs: a session starts instead (202). */
  noMount(limit: FaultLimit = {}): Fault {
    return withoutQuery(['mount', 'from'], limit);
  },

  /**
   * Has a minimum chunk size, sent in `OCI-Chunk-Min-Length`. Only the last chunk may be shorter, so any chunk after a
   * shorter one gets 416.
   */
  minChunk(bytes: number, limit: FaultLimit = {}): Fault {
    const take = counting(limit);
    const ended = new Set<string>();
    return async (request, next) => {
      const { pathname } = new URL(request.url);
      if (kindOf(request) === 'uploads') {
        const response = await next(request);
        return response.status === 202 ? withHeader(response, 'oci-chunk-min-length', `${bytes}`) : response;
      }
      if (!sendsPart(request)) return next(request);
      const { measured, size } = await measure(request);
      if (ended.has(pathname) && size > 0 && take(request)) return uploadRefusal(request, next, 416);
      const response = await next(measured);
      if (response.status === 202 && size < bytes) ended.add(pathname);
      return response;
    };
  },

  /** Limits the size of one request of an upload; a larger one gets 413, or 416 if that is given. */
  maxChunk(bytes: number, options: FaultLimit & { status?: 413 | 416 } = {}): Fault {
    const take = counting(options);
    return async (request, next) => {
      if (!sendsBytes(request)) return next(request);
      const { measured, size } = await measure(request);
      if (size <= bytes || !take(request)) return next(measured);
      return uploadRefusal(request, next, options.status ?? 413);
    };
  },

  /** Appends each chunk, whatever its `Content-Range` says. */
  silentAppend(limit: FaultLimit = {}): Fault {
    const take = counting(limit);
    return async (request, next) => {
      if (!sendsPart(request) || !take(request)) return next(request);
      const headers = new Headers(request.headers);
      headers.delete('content-range');
      return next(new Request(request, { headers }));
    };
  },

  /**
   * Breaks the connection after this many bytes of a body. They are lost, or with `kept` become part of the upload, as
   * in registries that store bytes as they arrive.
   */
  cutUpload(bytes: number, options: FaultLimit & { kept?: boolean } = {}): Fault {
    const take = counting(options);
    return async (request, next) => {
      if (!sendsBytes(request)) return next(request);
      const { measured, size } = await measure(request);
      if (size <= bytes || !take(request)) return next(measured);
      const body = await head(await bodyOf(measured), bytes);
      if (options.kept && sendsPart(request)) {
        const headers = new Headers(request.headers);
        for (const name of ['content-length', 'content-range']) headers.delete(name);
        await next(new Request(request.url, { method: 'PATCH', headers, body }));
      }
      throw connectionBroken(request);
    };
  },

  /** Keeps at most this many bytes of a chunk, and answers 202 with a shorter `Range`. */
  takeLess(bytes: number, limit: FaultLimit = {}): Fault {
    const take = counting(limit);
    return async (request, next) => {
      if (kindOf(request) !== 'upload' || request.method !== 'PATCH') return next(request);
      const { measured, size } = await measure(request);
      if (size <= bytes || !take(request)) return next(measured);
      const headers = new Headers(request.headers);
      for (const name of ['content-length', 'content-range']) headers.delete(name);
      const body = await head(await bodyOf(measured), bytes);
      return next(new Request(request.url, { method: 'PATCH', headers, body }));
    };
  },

  /** Processes a request of an upload, but breaks the connection before the response. */
  loseAnswer(limit: FaultLimit = {}): Fault {
    const take = counting(limit);
    return async (request, next) => {
      if (!sendsBytes(request) || !take(request)) return next(request);
      await next(request);
      throw connectionBroken(request);
    };
  },

  /**
   * Sends a new `Location` with every response, and answers 404 to older ones. Docker's registry keeps the state of an
   * upload in it.
   */
  newLocations(limit: FaultLimit = {}): Fault {
    const take = counting(limit);
    const newest = new Map<string, string>();
    let number = 0;
    return async (request, next) => {
      const kind = kindOf(request);
      if (kind !== 'upload' && kind !== 'uploads') return next(request);
      const url = new URL(request.url);
      const known = newest.get(url.pathname);
      if (known !== undefined && url.searchParams.get('_state') !== known && take(request)) {
        return refusal(request, 404, { code: 'BLOB_UPLOAD_INVALID' });
      }
      const response = await next(request);
      const location = response.headers.get('location');
      if (location === null || (response.status !== 202 && response.status !== 204)) return response;
      newest.set(new URL(location, url).pathname, `${++number}`);
      return withHeader(response, 'location', `${location}?_state=${number}`);
    };
  },

  /** Expires the session of an upload with its next request: 404. */
  expireUpload(limit: FaultLimit = {}): Fault {
    const take = counting(limit);
    return async (request, next) => {
      if (kindOf(request) !== 'upload' || !take(request)) return next(request);
      await next(new Request(request.url, { method: 'DELETE', headers: credentialsOf(request) }));
      return refusal(request, 404, { code: 'BLOB_UPLOAD_UNKNOWN' });
    };
  },
};

function withoutQuery(names: readonly string[], limit: FaultLimit): Fault {
  const take = counting(limit);
  return async (request, next) => {
    const url = new URL(request.url);
    const isMeant = kindOf(request) === 'uploads' && names.some((name) => url.searchParams.has(name));
    if (!isMeant || !take(request)) return next(request);
    for (const name of names) url.searchParams.delete(name);
    const { method, signal } = request;
    return next(new Request(url, { method, headers: credentialsOf(request), signal }));
  };
}

function sendsPart(request: Request): boolean {
  return kindOf(request) === 'upload' && (request.method === 'PATCH' || request.method === 'PUT');
}

function sendsBytes(request: Request): boolean {
  return sendsPart(request) || (kindOf(request) === 'uploads' && request.method === 'POST');
}

/** The size of a request's body in bytes. Without `Content-Length`, as in a page, the body is read. */
async function measure(request: Request): Promise<{ measured: Request; size: number }> {
  const length = request.headers.get('content-length');
  if (length !== null) return { measured: request, size: Number(length) };
  const { method, headers, signal } = request;
  const body = await request.blob();
  return { measured: new Request(request.url, { method, headers, signal, body }), size: body.size };
}

/** An error response with the upload's `Location` and `Range`, as the registry's own have. */
async function uploadRefusal(request: Request, next: Next, status: 413 | 416): Promise<Response> {
  const { headers } = await next(new Request(request.url, { headers: credentialsOf(request) }));
  const progress = ['location', 'range'].map((name) => [name, headers.get(name)]);
  return refusal(request, status, {
    code: status === 413 ? 'SIZE_INVALID' : 'BLOB_UPLOAD_INVALID',
    headers: Object.fromEntries(progress.filter(([, value]) => value !== null)),
  });
}

function credentialsOf({ headers }: Request): Record<string, string> {
  const authorization = headers.get('authorization');
  return authorization === null ? {} : { authorization };
}

async function head(body: ReadableStream<Uint8Array>, bytes: number): Promise<Blob> {
  const reader = body.getReader();
  const parts: Blob[] = [];
  let size = 0;
  while (size < bytes) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(new Blob([value as Uint8Array<ArrayBuffer>]));
    size += value.byteLength;
  }
  await reader.cancel();
  return new Blob(parts).slice(0, bytes);
}
