import { bodyOf } from '../http/received.ts';
import { connectionBroken, counting, type Fault, type FaultLimit, kindOf, refusal, withHeader } from './fault.ts';

type Next = Parameters<Fault>[1];

/** Faults of uploads. */
export const uploadFaults = {
  /** Takes no blob with the POST that begins an upload: a session begins instead (202). */
  noSinglePost(limit: FaultLimit = {}): Fault {
    return withoutQuery(['digest'], limit);
  },

  /** Mounts no blob of another repository: an upload begins instead (202). */
  noMount(limit: FaultLimit = {}): Fault {
    return withoutQuery(['mount', 'from'], limit);
  },

  /**
   * Wants chunks of so many bytes, and says so with `OCI-Chunk-Min-Length`. As only the last one may be shorter,
   * whatever follows a shorter one is refused with 416.
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

  /** Takes no more bytes than this with one request of an upload; above it the answer is 413, or 416 if that is given. */
  maxChunk(bytes: number, options: FaultLimit & { status?: 413 | 416 } = {}): Fault {
    const take = counting(options);
    return async (request, next) => {
      if (!sendsBytes(request)) return next(request);
      const { measured, size } = await measure(request);
      if (size <= bytes || !take(request)) return next(measured);
      return uploadRefusal(request, next, options.status ?? 413);
    };
  },

  /** Appends each chunk to what is there, wherever its `Content-Range` says that it belongs. */
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
   * Breaks the connection after so many bytes of a body. They are lost, or with `kept` become part of the upload, as in
   * registries that store what they get as it comes.
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

  /** Keeps no more than this of what one chunk brings, and says so: 202 with a shorter `Range`. */
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

  /** Does what an upload asks for, but the connection breaks before the answer. */
  loseAnswer(limit: FaultLimit = {}): Fault {
    const take = counting(limit);
    return async (request, next) => {
      if (!sendsBytes(request) || !take(request)) return next(request);
      await next(request);
      throw connectionBroken(request);
    };
  },

  /**
   * Says another `Location` with every answer, and knows no older one: 404. Docker's registry keeps the state of an
   * upload in there.
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

  /** Forgets an upload when it is asked about it, or gets a part of it: 404. */
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

/** How many bytes a request has. Where it does not say so, as in a page, they are read. */
async function measure(request: Request): Promise<{ measured: Request; size: number }> {
  const length = request.headers.get('content-length');
  if (length !== null) return { measured: request, size: Number(length) };
  const { method, headers, signal } = request;
  const body = await request.blob();
  return { measured: new Request(request.url, { method, headers, signal, body }), size: body.size };
}

/** A refusal that says how far the upload is, as the registry's own do. */
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
