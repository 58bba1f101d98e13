import { readError } from '../../bytes/read-error.ts';
import { isOrasError, type OrasError } from '../../errors.ts';
import { mediaTypes } from '../../oci/media-types.ts';
import { asCallers, isCallers, passOver } from '../../target/callers.ts';
import type { Progress } from '../../target/progress.ts';
import type { Digest } from '../../types.ts';
import { repositoryScope } from '../auth/scopes.ts';
import type { Connection } from '../connection/connection.ts';
import { checkStoredDigest } from '../http/content-headers.ts';
import { discard } from '../http/discard.ts';
import { RequestBody } from '../http/request-body.ts';
import { responseError, uploadLocation, withParameter } from '../http/response.ts';
import type { SendOptions } from '../http/transport.ts';

/** Content on its way to a registry. */
export interface Upload {
  /** The repository it goes to. */
  connection: Connection;
  /** The beginning of every error: `Cannot push sha256:… to …`. */
  what: string;
  /** The file that is sent, as errors of reading it call it; the digest where it has no name. */
  name: string | Promise<string>;
  /** Who is told how far it is. */
  progress: Progress;
  /** Ends it. */
  signal: AbortSignal | undefined;
  /** Bytes per request; undefined for all in one. It becomes smaller when the registry refuses larger ones. */
  chunkSize: number | undefined;
  /** Told of every step that need not be repeated. */
  onAdvance?: ((session: UploadSession) => Promise<void>) | undefined;
}

/** Milliseconds that are waited for a registry to forget a session, and for one whose caller is leaving. */
const cancelTimeout = { usual: 5000, aborted: 500 };

/** An upload session of a registry: the requests of an upload, each where the answer to the one before says. */
export class UploadSession {
  /** Where the next request goes. */
  location: string;
  /** Bytes the registry has. */
  offset = 0;
  /** Whether it was asked what it has: that may be one byte where nothing is understood. */
  wasAsked = false;
  /** Whether the closing request was sent: what it did is unknown when no answer came. */
  isClosing = false;
  /** Fewest bytes the registry takes per request, but for the last one. */
  readonly minimum: number;
  /** Most bytes it takes per request. */
  readonly maximum: number;
  readonly #upload: Upload;

  /** A session that is there already. */
  constructor(upload: Upload, location: string, headers: Headers = new Headers()) {
    this.#upload = upload;
    this.location = location;
    this.minimum = lengthIn(headers, 'min') ?? 0;
    // Not in the specification: Cloudflare's registry says it.
    this.maximum = lengthIn(headers, 'max') ?? Number.POSITIVE_INFINITY;
  }

  /** Begins a session (distribution-spec, end-4a). */
  static async start(upload: Upload): Promise<UploadSession> {
    const { connection, signal } = upload;
    const url = `${connection.base}/blobs/uploads/`;
    return begun(upload, await connection.send('POST', url, { signal }), url);
  }

  /**
   * Mounts a blob from another repository (distribution-spec, end-11), which gives none; or begins a session, where the
   * registry does not mount it for whatever reason but a rate limit: content that is sent needs no mount.
   */
  static async mount(upload: Upload, digest: Digest, content: Blob, from: string): Promise<UploadSession | undefined> {
    const { connection, signal, what } = upload;
    const query = `mount=${encodeURIComponent(digest)}&from=${encodeURIComponent(from)}`;
    const url = `${connection.base}/blobs/uploads/?${query}`;
    const scopes = [repositoryScope(connection.reference.repository, 'push'), repositoryScope(from, 'pull')];
    const response = await connection.send('POST', url, { signal, scopes }).catch((error: unknown): undefined => {
      signal?.throwIfAborted();
      // A token service may refuse to let one read there; a broken connection breaks the session that follows, too.
      if (isCallers(error) || isOrasError(error, 'RATE_LIMITED')) throw error;
    });
    if (response?.status === 202) return begun(upload, response, url);
    if (response?.status === 429) throw await responseError(response, { method: 'POST', url, what, signal });
    discard(response);
    if (response?.status !== 201) return UploadSession.start(upload);
    await checkStoredDigest(response, digest, content, upload);
    return undefined;
  }

  /** Bytes one request may have. */
  get chunkSize(): number {
    return Math.min(Math.max(this.#upload.chunkSize ?? Number.POSITIVE_INFINITY, this.minimum), this.maximum);
  }

  /** Asks how many bytes the registry has (end-13), and gives it, or undefined when it does not say. */
  async status(): Promise<number | undefined> {
    const { connection, signal } = this.#upload;
    const url = this.location;
    this.wasAsked = true;
    const response = await connection.send('GET', url, { signal, access: 'push' }).catch(passOver);
    signal?.throwIfAborted();
    discard(response);
    if (response?.status !== 204 && response?.status !== 202) return undefined;
    this.#moveOn(response, url);
    return sizeIn(response.headers.get('range'), this.offset);
  }

  /** Sends the next bytes (end-5); with `isRest` without a range, as what all registries take that docker pushes to. */
  async patch(body: Blob, options: { isRest?: boolean; signal?: AbortSignal | undefined } = {}): Promise<Response> {
    const { isRest = false, signal = this.#upload.signal } = options;
    const { location: url, offset } = this;
    const headers = {
      'content-type': mediaTypes.octetStream,
      ...(isRest ? {} : { 'content-range': `${offset}-${offset + body.size - 1}` }),
    };
    const onSent = (bytes: number): void => this.#upload.progress.transferred(offset + bytes);
    const response = await this.#send('PATCH', url, body, { headers, signal, onSent });
    if (response.ok) this.#moveOn(response, url);
    return response;
  }

  /** Ends the upload (end-6), with all of the content if nothing was sent before. */
  async close(digest: Digest, body?: Blob): Promise<Response> {
    const { progress, signal } = this.#upload;
    const headers = { 'content-type': mediaTypes.octetStream };
    this.isClosing = true;
    return this.#send('PUT', withParameter(this.location, 'digest', digest), body, {
      headers,
      signal,
      repeatable: false,
      workload: this.offset,
      ...(body && { onSent: progress.transferred }),
    });
  }

  /** Sends a request; when its content could not be read, that is what it fails with, whatever the registry says. */
  async #send(method: string, url: string, content: Blob | undefined, options: SendOptions): Promise<Response> {
    const { connection, name, signal, what } = this.#upload;
    const body = content && new RequestBody(content);
    const answer = await connection
      .send(method, url, { ...options, body: body?.blob })
      .catch((error: unknown): undefined => {
        signal?.throwIfAborted();
        if (!body?.failure) throw error;
      });
    if (answer && !body?.failure) return answer;
    discard(answer);
    throw asCallers(await readError(body?.failure?.error, content as Blob, await name, what));
  }

  /** The error a refusal of the session stands for. */
  refusal(response: Response, method: string): Promise<OrasError> {
    const { connection, signal, what } = this.#upload;
    const { origin } = new URL(this.location);
    const isElsewhere = origin !== new URL(connection.base).origin;
    const why = isElsewhere
      ? ` (the registry sent the upload to ${origin}, another origin, which gets no credentials)`
      : '';
    return responseError(response, { method, url: this.location, what: `${what}${why}`, signal });
  }

  /** Has the registry forget the session (end-14). What the registry says to it does not matter. */
  async cancel(): Promise<void> {
    const { connection, signal } = this.#upload;
    const timeout = AbortSignal.timeout(signal?.aborted ? cancelTimeout.aborted : cancelTimeout.usual);
    await connection
      .send('DELETE', this.location, { signal: timeout, repeatable: false })
      .then(discard, (error: unknown) => (timeout.aborted ? undefined : passOver(error)));
  }

  /** Where it goes on; an answer without a `Location` leaves it where it was. */
  #moveOn(response: Response, url: string): void {
    if (response.headers.has('location')) this.location = locationOf(this.#upload, response, url);
  }
}

/** The session that an answer to a POST began. */
async function begun(upload: Upload, response: Response, url: string): Promise<UploadSession> {
  const { connection, signal, what } = upload;
  if (response.status !== 202) {
    throw await responseError(response, { method: 'POST', url, what, missing: String(connection.reference), signal });
  }
  discard(response);
  return new UploadSession(upload, locationOf(upload, response, url), response.headers);
}

function locationOf({ connection }: Upload, response: Response, url: string): string {
  return uploadLocation(response, url, connection.options.trust.uploads);
}

/** Bytes that a registry wants per request at least or at most, if it says so; other words would send nothing. */
export function lengthIn(headers: Headers, which: 'min' | 'max'): number | undefined {
  const length = Number(headers.get(`oci-chunk-${which}-length`));
  return Number.isSafeInteger(length) && length > 0 ? length : undefined;
}

/**
 * How many bytes a `Range` says are there. `0-0` is one byte, but most registries say it for none as well: it is none
 * while nothing was confirmed. olareg's `0--1` is none.
 */
export function sizeIn(range: string | null, confirmed: number): number | undefined {
  const last = /^(?:bytes[= ])?0-(-1|\d{1,15})$/.exec(range ?? '')?.[1];
  if (last === undefined) return undefined;
  return last === '0' && confirmed === 0 ? 0 : Number(last) + 1;
}
