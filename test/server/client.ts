import { digestOf, MemoryStorage, mediaTypes, type StorageAdapter } from 'oras-js';
import { createRegistryServer, type RegistryServer, type RegistryServerOptions } from 'oras-js/server';
import { expect } from 'vitest';

/** How a test sends a request. */
export interface SendOptions {
  headers?: Record<string, string>;
  body?: BodyInit | Uint8Array<ArrayBuffer>;
  signal?: AbortSignal;
}

/** A registry in memory, and short words for using it. */
export class TestClient {
  readonly storage: StorageAdapter;
  readonly errors: unknown[] = [];
  readonly #server: RegistryServer;

  /** `wrap` puts something between the client and the registry. */
  constructor(
    options: RegistryServerOptions = {},
    wrap: (server: RegistryServer) => RegistryServer = (server) => server,
  ) {
    this.storage = options.storage ?? new MemoryStorage();
    const onError = (error: unknown): number => this.errors.push(error);
    this.#server = wrap(createRegistryServer({ onError, ...options, storage: this.storage }));
  }

  /** Sends a request to a path below `/v2/`, or to one that begins with `/`. */
  send(method: string, path: string, { headers = {}, body, signal }: SendOptions = {}): Promise<Response> {
    const url = new URL(path, 'http://registry.test/v2/').href;
    const init = { method, headers, ...(body !== undefined && { body: body as BodyInit }), ...(signal && { signal }) };
    return this.#server(
      new Request(url, body instanceof ReadableStream ? ({ ...init, duplex: 'half' } as object) : init),
    );
  }

  /** Begins an upload and gives its path. */
  async startUpload(repository: string): Promise<string> {
    const response = await this.send('POST', `${repository}/blobs/uploads/`);
    expect(response.status).toBe(202);
    return response.headers.get('location')!;
  }

  /** Sends a chunk that begins at a byte, with its range. */
  patch(location: string, start: number, chunk: string): Promise<Response> {
    const headers = { 'content-range': `${start}-${start + chunk.length - 1}`, 'content-type': mediaTypes.octetStream };
    return this.send('PATCH', location, { headers, body: chunk });
  }

  /** Stores a blob and gives its digest. */
  async pushBlob(repository: string, content: string | Uint8Array<ArrayBuffer>): Promise<string> {
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
    const digest = digestOf(bytes);
    const response = await this.send('POST', `${repository}/blobs/uploads/?digest=${digest}`, { body: bytes });
    expect(response.status).toBe(201);
    return digest;
  }

  /** Stores a manifest under a tag or, without one, its digest, and gives its digest. */
  async pushManifest(repository: string, manifest: ManifestText, tag?: string): Promise<string> {
    const digest = digestOf(new TextEncoder().encode(manifest.text));
    const response = await this.putManifest(repository, tag ?? digest, manifest);
    expect([response.status, await response.clone().text()]).toEqual([201, '']);
    return digest;
  }

  /** Sends a manifest. */
  putManifest(repository: string, reference: string, { text, mediaType }: ManifestText): Promise<Response> {
    return this.send('PUT', `${repository}/manifests/${reference}`, {
      headers: { 'content-type': mediaType },
      body: text,
    });
  }
}

/** A manifest as it is sent. */
export interface ManifestText {
  text: string;
  mediaType: string;
}

/** The empty JSON object, which artifacts use as a config. */
export const emptyBlob = '{}';

/** An artifact manifest with the empty config and no layers, unless `fields` say otherwise. */
export function manifestOf(fields: Record<string, unknown> = {}): ManifestText {
  const mediaType = mediaTypes.manifest;
  return {
    mediaType,
    text: JSON.stringify({ schemaVersion: 2, mediaType, config: describe(emptyBlob), layers: [], ...fields }),
  };
}

/** An index of the given descriptors. */
export function indexOf(manifests: object[], fields: Record<string, unknown> = {}): ManifestText {
  const mediaType = mediaTypes.index;
  return { mediaType, text: JSON.stringify({ schemaVersion: 2, mediaType, manifests, ...fields }) };
}

/** Describes a text as content. */
export function describe(
  text: string,
  mediaType: string = mediaTypes.empty,
): { mediaType: string; digest: string; size: number } {
  const bytes = new TextEncoder().encode(text);
  return { mediaType, digest: digestOf(bytes), size: bytes.byteLength };
}

/** Expects an error of the specification's form and gives it. */
export async function expectRefusal(
  response: Response,
  status: number,
  code: string,
): Promise<{ message: string; detail?: unknown }> {
  const body = await response.json();
  expect([response.status, body.errors?.[0]?.code]).toEqual([status, code]);
  expect(response.headers.get('content-type')).toBe('application/json');
  expect(body.errors).toHaveLength(1);
  expect(body.errors[0].message).toMatch(/\w+ \w+/);
  return body.errors[0];
}

/** The headers that are named, as an object. */
export function headersOf(response: Response, ...names: string[]): Record<string, string | null> {
  return Object.fromEntries(names.map((name) => [name, response.headers.get(name)]));
}
