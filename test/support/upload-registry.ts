import {
  digestOf,
  MemoryStorage,
  Registry,
  type RegistryOptions,
  type Repository,
  type StorageAdapter,
  type TransferEvent,
} from 'oras-js';
import { createRegistryServer, type Fault, type RegistryServerOptions, withFaults } from 'oras-js/server';
import type { Descriptor } from '../../src/types.ts';
import { atOnce } from './fake-fetch.ts';

/** An embedded registry with faults in this process, a client of it, and what can be seen of both. */
export interface UploadRegistry {
  registry: Registry;
  /** What the client sends with. */
  fetch: (url: string, init?: RequestInit) => Promise<Response>;
  /** Its repository `org/files`. */
  repository: Repository;
  /** A client that meets no fault. */
  healthy: Registry;
  storage: MemoryStorage;
  /** The requests so far: `PATCH 0-4095`, `PUT 10500` with the bytes of its body, `POST`. */
  log: string[];
  /** Bytes of all bodies that went out for blobs. */
  sent: () => number;
  /** What is left of uploads. */
  leftovers: () => Promise<string[]>;
  /** The blob as it is stored; undefined when it is not. */
  storedDigest: (descriptor: Descriptor) => Promise<string | undefined>;
}

/** Settings of {@link uploadRegistry}. */
export interface UploadRegistrySettings {
  client?: RegistryOptions;
  server?: RegistryServerOptions;
}

/** Host of the registry. */
export const host = 'localhost:5000';

/** Starts one that has no network. */
export function uploadRegistry(list: readonly Fault[] = [], settings: UploadRegistrySettings = {}): UploadRegistry {
  const storage = new MemoryStorage();
  const log: string[] = [];
  let sent = 0;
  const server = createRegistryServer({ storage, ...settings.server });
  const faulty = withFaults(server, list);
  const fetch = async (url: string, init: RequestInit = {}): Promise<Response> => {
    init.signal?.throwIfAborted();
    const { method = 'GET', body } = init;
    const size = body instanceof Blob ? body.size : 0;
    if (!url.includes('/manifests/')) sent += size;
    const range = new Headers(init.headers).get('content-range');
    log.push([method, range ?? (size > 0 ? `${size}` : '')].join(' ').trim());
    // A handler may go on with what is aborted; a network would not.
    return orAborted(faulty(new Request(url, init)), init.signal);
  };
  const registry = new Registry({ fetch, retry: atOnce, ...settings.client });
  const healthy = new Registry({ ...settings.client, fetch: server, retry: { limit: 0 } });
  return {
    registry,
    fetch,
    repository: registry.repository(`${host}/org/files`),
    healthy,
    storage,
    log,
    sent: () => sent,
    leftovers: () => pathsBelow(storage, '_uploads/'),
    storedDigest: async ({ digest }) => {
      const blob = await storage.get(`org/files/_layout/blobs/${digest.replace(':', '/')}`);
      return blob && digestOf(new Uint8Array(await blob.arrayBuffer()));
    },
  };
}

/** The paths of everything in a storage that begins like this. */
export async function pathsBelow(storage: StorageAdapter, prefix = ''): Promise<string[]> {
  const paths: string[] = [];
  for await (const { path } of storage.list(prefix)) paths.push(path);
  return paths;
}

/** Describes bytes as a blob. */
export function described(bytes: Uint8Array, mediaType = 'application/octet-stream'): Descriptor {
  return { mediaType, digest: digestOf(bytes), size: bytes.byteLength };
}

/** Events as one word each, and the numbers of `transfer`. */
export function recorder(): {
  events: TransferEvent[];
  onProgress: (event: TransferEvent) => void;
  types: () => string[];
  transferred: () => number[];
} {
  const events: TransferEvent[] = [];
  return {
    events,
    onProgress: (event) => events.push(event),
    types: () => {
      const words = events.map((event) => ('reason' in event ? `${event.type} ${event.reason}` : event.type));
      return words.filter((word, i) => word !== words[i - 1]);
    },
    transferred: () => events.flatMap((event) => (event.type === 'transfer' ? [event.transferred] : [])),
  };
}

function orAborted(answer: Promise<Response>, signal: AbortSignal | null | undefined): Promise<Response> {
  if (!signal) return answer;
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    answer.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
