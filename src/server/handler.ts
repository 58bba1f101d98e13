import { KeyedSerial } from '../concurrency.ts';
import { isOrasError } from '../errors.ts';
import { MemoryStorage } from '../storage/memory.ts';
import type { Exchange } from './endpoints/exchange.ts';
import { respond } from './endpoints/respond.ts';
import { type RegistryServerOptions, type Settings, settingsOf } from './endpoints/settings.ts';
import { Cors, checkOrigin } from './http/cors.ts';
import { Refusal } from './http/refusal.ts';
import { MeteredStorage } from './store/metered-storage.ts';
import { repositoryNames, StoredRepository } from './store/repository.ts';
import { UploadSessions } from './store/upload-sessions.ts';

/** A registry as a function from a request to a response; it can be used as a `fetch`. */
export type RegistryServer = (input: Request | URL | string, init?: RequestInit) => Promise<Response>;

/**
 * A registry by the OCI distribution-spec, with all of its state in a storage. It runs wherever `Request` and
 * `Response` exist: in Node behind `serve`, in a service worker, or inside a page as its `fetch`. Without `auth`,
 * everyone with network access can read and write every repository. Unless `cors` says otherwise, that includes every
 * web page in a browser that can reach it, also on the loopback address.
 *
 * @example
 * import { DirectoryStorage, serve } from 'oras-js/node';
 * import { createRegistryServer } from 'oras-js/server';
 *
 * const handler = createRegistryServer({ storage: new DirectoryStorage('./registry') });
 * const server = await serve(handler, { port: 5000 });
 *
 * @throws RangeError when a limit is not a positive number, or a name in `auth` is invalid
 */
export function createRegistryServer(options: RegistryServerOptions = {}): RegistryServer {
  const settings = settingsOf(options);
  const exchangeOf = exchanges(settings);
  const cors = settings.cors && new Cors(settings.cors);
  return async (input, init) => {
    const request = input instanceof Request && !init ? input : new Request(input, init);
    if (cors && request.method === 'OPTIONS') return cors.preflight(request);
    const answering = async (): Promise<Response> => {
      checkOrigin(request, cors);
      return respond(exchangeOf(request));
    };
    const answered = await answering().catch((error: unknown) => {
      const refusal = refusalOf(error);
      if (refusal.status === 500 && !request.signal.aborted) settings.onError(error, request);
      return refusal.toResponse();
    });
    const response = request.method === 'HEAD' ? new Response(null, answered) : answered;
    const { headers } = response;
    headers.set('docker-distribution-api-version', 'registry/2.0');
    // Pushed content must never be rendered as a page of this origin, nor be cached after it was deleted.
    headers.set('x-content-type-options', 'nosniff');
    if (!headers.has('cache-control')) headers.set('cache-control', 'no-cache');
    cors?.expose(request, headers);
    return response;
  };
}

/** The context of the endpoints; all requests of a registry share its locks and byte counts. */
function exchanges(settings: Settings): (request: Request) => Exchange {
  const { capacity, maxUploads, uploadLifetime, maxBlobSize, now } = settings;
  const storage = Number.isFinite(capacity) ? new MeteredStorage(settings.storage, capacity) : settings.storage;
  const changes = new KeyedSerial();
  const place = { storage, changes, complete: new Set<string>(), unwritten: new MemoryStorage() };
  const limits = { sessions: maxUploads, age: uploadLifetime, blobSize: maxBlobSize };
  const uploads = new UploadSessions(storage, changes, limits, now);
  return (request) => ({
    request,
    url: new URL(request.url),
    signal: request.signal,
    settings,
    uploads,
    repository: (name) => new StoredRepository(place, name),
    mayPull: async () => true,
    repositoryNames: () => repositoryNames(storage, { signal: request.signal }),
  });
}

function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (isOrasError(error, 'MISMATCH')) return new Refusal(400, 'DIGEST_INVALID', error.message, { cause: error });
  if (isOrasError(error, 'TOO_LARGE')) return new Refusal(413, 'SIZE_INVALID', error.message, { cause: error });
  return new Refusal(500, 'UNKNOWN', 'The registry failed', { cause: error });
}
