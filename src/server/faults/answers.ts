import { json } from '../http/refusal.ts';
import { connectionBroken, counting, type Fault, type FaultLimit, kindOf, withHeader } from './fault.ts';

/** Faults of responses. Each applies to the responses that have what it changes. */
export const answerFaults = {
  /** Omits `OCI-Subject`, as if the registry did not know the subject of a manifest. */
  noSubject(limit: FaultLimit = {}): Fault {
    return header('oci-subject', limit, () => undefined);
  },

  /** Omits `Docker-Content-Digest`. */
  noDigest(limit: FaultLimit = {}): Fault {
    return header('docker-content-digest', limit, () => undefined);
  },

  /** Sends a wrong digest in `Docker-Content-Digest`. */
  wrongDigest(limit: FaultLimit = {}): Fault {
    return header('docker-content-digest', limit, () => `sha256:${'0'.repeat(64)}`);
  },

  /** Omits `Location`, for uploads and for stored content. */
  noLocation(limit: FaultLimit = {}): Fault {
    return header('location', limit, () => undefined);
  },

  /** Sends an absolute `Location`. */
  absoluteLocation(limit: FaultLimit = {}): Fault {
    return header('location', limit, (value, { url }) => new URL(value, url).href);
  },

  /** Sends a `Location` relative to the path of the request: `../../blobs/…`. */
  relativeLocation(limit: FaultLimit = {}): Fault {
    return header('location', limit, (value, { url }) => relative(new URL(value, url), new URL(url)));
  },

  /** Sends a `Location` on another origin, with the same path. */
  foreignLocation(origin: string, limit: FaultLimit = {}): Fault {
    return header('location', limit, (value, { url }) => {
      const { pathname, search } = new URL(value, url);
      return new URL(pathname + search, origin).href;
    });
  },

  /** Sends a wrong `Range` when a chunk was accepted (202); the upload status (204) is right. */
  wrongRange(range: string, limit: FaultLimit = {}): Fault {
    return header('range', limit, (value, _request, { status }) => (status === 202 ? range : value));
  },

  /** Sends `rel=next` without quotes in the `Link` to the next page. */
  unquotedLink(limit: FaultLimit = {}): Fault {
    return header('link', limit, (value) => value.replaceAll('"', ''));
  },

  /** Adds a `Warning` for the user (distribution-spec, "Warnings"). */
  warning(text: string, limit: FaultLimit = {}): Fault {
    const take = counting(limit);
    const value = `299 - "${text.replace(/["\\]/g, '\\$&')}"`;
    return async (request, next) => {
      const response = await next(request);
      return take(request) ? withHeader(response, 'warning', value) : response;
    };
  },

  /** Sends `null` for an empty list of tags, as some registries do. */
  nullTags(limit: FaultLimit = {}): Fault {
    const take = counting(limit);
    return async (request, next) => {
      const response = await next(request);
      if (kindOf(request) !== 'tags' || request.method !== 'GET' || !response.ok || !take(request)) return response;
      const { body, headers } = json(200, { ...(await response.json()), tags: null });
      const changed = new Response(body, { headers: response.headers });
      return withHeader(changed, 'content-length', headers.get('content-length') ?? undefined);
    };
  },

  /** Breaks the connection after this many bytes of a body; the headers, with the full length, were sent before. */
  truncate(bytes: number, limit: FaultLimit = {}): Fault {
    const take = counting(limit);
    return async (request, next) => {
      const response = await next(request);
      if (request.method !== 'GET' || !response.ok || !response.body || !take(request)) return response;
      return new Response(cut(response.body, bytes, connectionBroken(request)), response);
    };
  },

  /** Ends a body after this many bytes, without a length, as a proxy may that lost its connection to the registry. */
  endEarly(bytes: number, limit: FaultLimit = {}): Fault {
    const take = counting(limit);
    return async (request, next) => {
      const response = await next(request);
      if (request.method !== 'GET' || !response.ok || !response.body || !take(request)) return response;
      return withHeader(new Response(cut(response.body, bytes), response), 'content-length', undefined);
    };
  },
};

function header(
  name: string,
  limit: FaultLimit,
  change: (value: string, request: Request, response: Response) => string | undefined,
): Fault {
  const take = counting(limit);
  return async (request, next) => {
    const response = await next(request);
    const value = response.headers.get(name);
    // A redirect or an error response comes from another fault, or is real.
    if (value === null || !response.ok) return response;
    const changed = change(value, request, response);
    return changed !== value && take(request) ? withHeader(response, name, changed) : response;
  };
}

function relative(to: URL, from: URL): string {
  const [target, base] = [to.pathname.split('/'), from.pathname.split('/').slice(0, -1)];
  const differs = base.findIndex((part, index) => part !== target[index]);
  const shared = differs < 0 ? base.length : differs;
  // Without `./`, a digest at the start would be parsed as an absolute URL.
  return ('../'.repeat(base.length - shared) || './') + target.slice(shared).join('/') + to.search;
}

function cut(body: ReadableStream<Uint8Array>, bytes: number, error?: Error): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  let left = bytes;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (left > 0) {
          const { done, value } = await reader.read();
          if (done) return controller.close();
          // An error drops the queued chunks, so it is raised with the next pull.
          controller.enqueue(value.subarray(0, left));
          left -= value.byteLength;
          return;
        }
        const isWhole = left === 0 && (await reader.read()).done;
        if (error && !isWhole) controller.error(error);
        else controller.close();
        if (!isWhole) await reader.cancel(error);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}
