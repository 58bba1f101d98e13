import { checkReadable, readError } from '../../bytes/read-error.ts';
import { isOrasError, type OrasError } from '../../errors.ts';
import { mediaTypes } from '../../oci/media-types.ts';
import { asCallers, isCallers, passOver } from '../../target/callers.ts';
import type { Progress } from '../../target/progress.ts';
import type { Digest } from '../../types.ts';
import { checkStoredDigest } from '../answers/content-headers.ts';
import { discard } from '../answers/discard.ts';
import { responseError } from '../answers/error-response.ts';
import { uploadLocation, withParameter } from '../answers/locations.ts';
import { pageOrigin } from '../answers/network-error.ts';
import { repositoryScope } from '../auth/scopes.ts';
import type { Connection } from '../connection/connection.ts';
import type { SendOptions } from '../http/fetch.ts';
import { RequestBody } from '../http/request-body.ts';
import type { ChunkSizes } from './chunk-sizes.ts';
import { type FileWatch, watchFile } from './file-watch.ts';

/** The state of one upload that its sessions share. */
export interface Upload {
  /** The connection to the repository. */
  readonly connection: Connection;
  /** Start of every error message: `Cannot push sha256:… to …`. */
  readonly what: string;
  /** Name of the file in read errors; undefined for a stream, whose errors are not changed. */
  readonly name: string | undefined;
  /** Progress of the upload. */
  readonly progress: Progress;
  /** Aborts the upload. */
  readonly signal: AbortSignal | undefined;
  /** The chunk size policy. */
  readonly sizes: ChunkSizes;
  /** Called after every step that need not be repeated. Default: not called. */
  readonly onAdvance?: ((session: UploadSession) => Promise<void>) | undefined;
}

/** Timeouts of cancelling a session in milliseconds: usually, and after an abort, when the caller should not wait. */
const cancelTimeout = { usual: 5000, leaving: 500 };

/** An upload session: each request goes to the `Location` of the answer before it. */
export class UploadSession {
  readonly #upload: Upload;
  #location: string;
  #offset: number;
  #wasAsked = false;
  #isClosing = false;

  /** An existing session, in which the registry has the bytes before `offset`. */
  constructor(upload: Upload, location: string, offset = 0) {
    this.#upload = upload;
    this.#location = location;
    this.#offset = offset;
  }

  /** Starts a session (distribution-spec, end-4a). */
  static async start(upload: Upload): Promise<UploadSession> {
    const { connection, signal } = upload;
    const url = `${connection.base}/blobs/uploads/`;
    return sessionFrom(upload, await connection.send('POST', url, { signal }), url);
  }

  /**
   * Mounts a blob from another repository (distribution-spec, end-11), and returns undefined. When the registry does
   * not mount it, for any reason except a rate limit, a session is started: the content can be uploaded without a
   * mount.
   */
  static async mount(
    upload: Upload,
    digest: Digest,
    content: Blob | undefined,
    from: string,
  ): Promise<UploadSession | undefined> {
    const { connection, signal, what } = upload;
    const query = `mount=${encodeURIComponent(digest)}&from=${encodeURIComponent(from)}`;
    const url = `${connection.base}/blobs/uploads/?${query}`;
    const scopes = [repositoryScope(connection.reference.repository, 'push'), repositoryScope(from, 'pull')];
    const response = await connection.send('POST', url, { signal, scopes }).catch((error: unknown): undefined => {
      signal?.throwIfAborted();
      // The token service may refuse pull access there. A broken connection also breaks the session that follows.
      if (isCallers(error) || isOrasError(error, 'RATE_LIMITED')) throw error;
    });
    if (response?.status === 202) return sessionFrom(upload, response, url);
    if (response?.status === 429) throw await responseError(response, { method: 'POST', url, what, signal });
    discard(response);
    if (response?.status !== 201) return UploadSession.start(upload);
    await checkStoredDigest(response, digest, content, upload);
    return undefined;
  }

  /** URL of the next request. */
  get location(): string {
    return this.#location;
  }

  /** Number of bytes that the registry has. */
  get offset(): number {
    return this.#offset;
  }

  /** Whether the upload status was requested: a registry without support for it may have stored one byte. */
  get wasAsked(): boolean {
    return this.#wasAsked;
  }

  /** Whether the closing request was sent: without a response, its result is unknown. */
  get isClosing(): boolean {
    return this.#isClosing;
  }

  /** Advances the offset after an accepted request. */
  accepted(bytes: number): void {
    this.#offset += bytes;
  }

  /** Sets the offset to the one that the registry confirmed. */
  confirm(offset: number): void {
    this.#offset = offset;
  }

  /** Requests the upload status (end-13): the number of bytes the registry has, or undefined when it does not say. */
  async status(): Promise<number | undefined> {
    const { connection, signal } = this.#upload;
    const url = this.#location;
    this.#wasAsked = true;
    const response = await connection.send('GET', url, { signal, access: 'push' }).catch(passOver);
    signal?.throwIfAborted();
    discard(response);
    if (response?.status !== 204 && response?.status !== 202) return undefined;
    this.#moveOn(response, url);
    return sizeIn(response.headers.get('range'), this.#offset);
  }

  /**
   * Continues from the offset of the upload status, and returns it. Undefined, without any change, when the registry
   * does not say it, or says more than the `sent` bytes.
   */
  async goBack(sent: number): Promise<number | undefined> {
    const confirmed = await this.status();
    if (confirmed === undefined || confirmed > sent) return undefined;
    this.confirm(confirmed);
    return confirmed;
  }

  /** Sends the next chunk, with `Content-Range` (end-5). */
  async patch(body: Blob): Promise<Response> {
    const range = `${this.#offset}-${this.#offset + body.size - 1}`;
    return this.#patch(body, { 'content-range': range });
  }

  /** Sends the rest without `Content-Range`, like docker, so every registry supports it. */
  patchRest(body: Blob): Promise<Response> {
    return this.#patch(body, {});
  }

  async #patch(body: Blob, range: Record<string, string>): Promise<Response> {
    const url = this.#location;
    const offset = this.#offset;
    const { progress } = this.#upload;
    const headers = { 'content-type': mediaTypes.octetStream, ...range };
    const onSent = (bytes: number): void => progress.transferred(offset + bytes);
    const response = await this.#send('PATCH', url, body, { headers, onSent });
    if (response.ok) this.#moveOn(response, url);
    return response;
  }

  /** Closes the upload (end-6), with the whole content if nothing was sent before. */
  async close(digest: Digest, body?: Blob): Promise<Response> {
    const { progress } = this.#upload;
    const headers = { 'content-type': mediaTypes.octetStream };
    this.#isClosing = true;
    return this.#send('PUT', withParameter(this.#location, 'digest', digest), body, {
      headers,
      repeatable: false,
      serverBytes: this.#offset,
      ...(body && { onSent: progress.transferred }),
    });
  }

  /** Sends a request. When its content could not be read, it rejects with that error, whatever the registry answers. */
  async #send(method: string, url: string, content: Blob | undefined, options: SendOptions): Promise<Response> {
    const { connection, name, signal, what } = this.#upload;
    const watch = await this.#watch(content);
    const onSent = (bytes: number): void => {
      watch?.sent(bytes);
      options.onSent?.(bytes);
    };
    const body = content && new RequestBody(content);
    const answer = await connection
      .send(method, url, { ...options, onSent, signal: watch?.signal ?? signal, body: body?.blob })
      .catch((error: unknown): undefined => {
        watch?.end();
        signal?.throwIfAborted();
        if (!body?.failure) throw error;
      });
    watch?.end();
    if (answer && !body?.failure) return answer;
    discard(answer);
    const error = body?.failure?.error;
    throw asCallers(name === undefined ? error : await readError(error, content as Blob, name, what));
  }

  /** Looks at a file that a page is to send, and watches it. Firefox would not send a changed one, nor end the request. */
  async #watch(content: Blob | undefined): Promise<FileWatch | undefined> {
    const { name, signal, what } = this.#upload;
    if (!content || name === undefined || pageOrigin() === undefined) return undefined;
    const look = async (): Promise<void> => {
      // Only its end tells there that a file has got shorter.
      for (const part of [content, content.slice(-1)]) await checkReadable(part, name, what);
    };
    await look();
    return watchFile(content.size, look, signal);
  }

  /** The error for an error response to a request of the session. */
  refusal(response: Response, method: string): Promise<OrasError> {
    const { connection, signal, what } = this.#upload;
    const { origin } = new URL(this.#location);
    const isElsewhere = origin !== new URL(connection.base).origin;
    const why = isElsewhere
      ? ` (the registry sent the upload to ${origin}, another origin, which gets no credentials)`
      : '';
    return responseError(response, { method, url: this.#location, what: `${what}${why}`, signal });
  }

  /**
   * Cancels the session (end-14); the registry's answer is ignored. When the caller is leaving, by default after an
   * abort, the timeout is shorter.
   */
  async cancel(isLeaving: boolean = this.#upload.signal?.aborted === true): Promise<void> {
    const { connection } = this.#upload;
    const timeout = AbortSignal.timeout(isLeaving ? cancelTimeout.leaving : cancelTimeout.usual);
    await connection
      .send('DELETE', this.#location, { signal: timeout, repeatable: false, access: 'push' })
      .then(discard, (error: unknown) => (timeout.aborted ? undefined : passOver(error)));
  }

  /** Follows the `Location` of an answer; without one the URL stays the same. */
  #moveOn(response: Response, url: string): void {
    if (response.headers.has('location')) this.#location = locationOf(this.#upload, response, url);
  }
}

/** The session that the answer to a POST started. */
async function sessionFrom(upload: Upload, response: Response, url: string): Promise<UploadSession> {
  const { connection, signal, sizes, what } = upload;
  if (response.status !== 202) {
    throw await responseError(response, { method: 'POST', url, what, missing: String(connection.reference), signal });
  }
  discard(response);
  sizes.announce(response.headers);
  return new UploadSession(upload, locationOf(upload, response, url));
}

function locationOf({ connection }: Upload, response: Response, url: string): string {
  return uploadLocation(response, url, connection.options.trust.uploads);
}

/**
 * Number of bytes in the `Range` of an upload status. `0-0` is one byte, but most registries also send it for no bytes,
 * so it means none while nothing was confirmed. olareg sends `0--1` for none.
 */
export function sizeIn(range: string | null, confirmed: number): number | undefined {
  const last = /^(?:bytes[= ])?0-(-1|\d{1,15})$/.exec(range ?? '')?.[1];
  if (last === undefined) return undefined;
  return last === '0' && confirmed === 0 ? 0 : Number(last) + 1;
}
