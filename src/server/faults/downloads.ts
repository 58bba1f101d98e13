import { connectionBroken, counting, type Fault, type FaultLimit, kindOf, withHeader } from './fault.ts';

/** Faults of downloads: of blobs, and of range requests for them. */
export const downloadFaults = {
  /** Ignores range requests: it answers with the whole blob (200), as a server may. */
  noRanges(limit: FaultLimit = {}): Fault {
    return ranges(limit, async (response, request, next) => {
      await response.body?.cancel();
      const headers = new Headers(request.headers);
      headers.delete('range');
      return next(new Request(request, { headers }));
    });
  },

  /**
   * Refuses range requests (416) the way Docker's registry 2.8 refuses one beyond the end of a blob: the response has
   * the blob's length, and the connection breaks.
   */
  refuseRanges(limit: FaultLimit = {}): Fault {
    return ranges(limit, async (response, request) => {
      const size = response.headers.get('content-range')?.split('/')[1] ?? '1';
      await response.body?.cancel();
      const pull = (controller: ReadableStreamDefaultController): void => controller.error(connectionBroken(request));
      const body = new ReadableStream({ pull }, { highWaterMark: 0 });
      return new Response(body, { status: 416, headers: { 'content-length': size } });
    });
  },

  /** Sends a wrong `Content-Range`, such as `bytes 0-9/20`; undefined for none. */
  wrongContentRange(value: string | undefined, limit: FaultLimit = {}): Fault {
    return ranges(limit, (response) => withHeader(response, 'content-range', value));
  },

  /** Sends another `ETag` for blobs. */
  otherETag(etag: string, limit: FaultLimit = {}): Fault {
    return blobs(limit, (response) => withHeader(response, 'etag', etag));
  },

  /** Sends other content of the same length: every bit is inverted. */
  otherContent(limit: FaultLimit = {}): Fault {
    return blobs(limit, (response) => {
      const turned = new TransformStream<Uint8Array, Uint8Array>({
        transform: (chunk, controller) => controller.enqueue(chunk.map((byte) => ~byte)),
      });
      return new Response(response.body?.pipeThrough(turned) ?? null, response);
    });
  },
};

type Change = (response: Response, request: Request, next: Parameters<Fault>[1]) => Response | Promise<Response>;

/** A fault of blob responses. */
function blobs({ match = () => true, times }: FaultLimit, change: Change): Fault {
  const isBlob = (request: Request): boolean => request.method === 'GET' && kindOf(request) === 'blob';
  const take = counting({ match: (request) => isBlob(request) && match(request), times });
  return async (request, next) => {
    const response = await next(request);
    return response.ok && take(request) ? change(response, request, next) : response;
  };
}

/** A fault of responses to range requests. */
function ranges({ match = () => true, times }: FaultLimit, change: Change): Fault {
  return blobs({ match: (request) => request.headers.has('range') && match(request), times }, change);
}
