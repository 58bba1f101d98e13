import { readError } from '../../bytes/read-error.ts';
import { isOrasError, type OrasError } from '../../errors.ts';
import { mediaTypes } from '../../oci/media-types.ts';
import { asCallers, isCallers, passOver } from '../../target/callers.ts';
import type { Progress } from '../../target/progress.ts';
import type { Digest } from '../../types.ts';
import { checkStoredDigest } from '../answers/content-headers.ts';
import { discard } from '../answers/discard.ts';
import { responseError } from '../answers/error-response.ts';
import { uploadLocation, withParameter } from '../answers/locations.ts';
import { repositoryScope } from '../auth/scopes.ts';
import type { Connection } from '../connection/connection.ts';
import type { SendOptions } from '../http/fetch.ts';
import { RequestBody } from '../http/request-body.ts';
import type { ChunkSizes } from './chunk-sizes.ts';

/** Content on its way to a registry. */
export interface Upload {
  /** The repository it goes to. */
  readonly connection: Connection;
  /** The beginning of every error: `Cannot push sha256:… to …`. */
  readonly what: string;
  /** The file that is sent, as errors of reading it call it; undefined for a stream, whose errors stay what they are. */
  readonly name: string | undefined;
  /** Who is told how far it is. */
  readonly progress: Progress;
  /** Ends it. */
  readonly signal: AbortSignal | undefined;
  /** Bytes per request. */
  readonly sizes: ChunkSizes;
  /** Told of every step that need not be repeated. Default: nobody. */
  readonly onAdvance?: ((session: UploadSession) => Promise<void>) | undefined;
}

/** Milliseconds that are waited for a registry to forget a session, and for one whose caller is leaving. */
const cancelTimeout = { usual: 5000, leaving: 500 };

/** An upload session of a registry: the requests of an upload, each where the answer to the one before says. */
export class UploadSession {
  readonly #upload: Upload;
  #location: string;
  #offset: number;
  #wasAsked = false;
  #isClosing = false;

  /** A session that is there already, of which the registry has the bytes before `offset`. */
  constructor(upload: Upload, location: string, offset = 0) {
    this.#upload = upload;
    this.#location = location;
    this.#offset = offset;
  }

  /** Begins a session (distribution-spec, end-4a). */
  static async start(upload: Upload): Promise<UploadSession> {
    const { connection, signal } = upload;
    const url = `${connection.base}/blobs/uploads/`;
    return sessionFrom(upload, await connection.send('POST', url, { signal }), url);
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
    if (response?.status === 202) return sessionFrom(upload, response, url);
    if (response?.status === 429) throw await responseError(response, { method: 'POST', url, what, signal });
    discard(response);
    if (response?.status !== 201) return UploadSession.start(upload);
    await checkStoredDigest(response, digest, content, upload);
    return undefined;
  }

  /** Where the next request goes. */
  get location(): string {
    return this.#location;
  }

  /** Bytes the registry has. */
  get offset(): number {
    return this.#offset;
  }

  /** Whether it was asked what it has: that may be one byte where nothing is understood. */
  get wasAsked(): boolean {
    return this.#wasAsked;
  }

  /** Whether the closing request was sent: what it did is unknown when no answer came. */
  get isClosing(): boolean {
    return this.#isClosing;
  }

  /** The registry took so many bytes more. */
  accepted(bytes: number): void {
    this.#offset += bytes;
  }

  /** The registry says that it has so many bytes. */
  confirm(offset: number): void {
    this.#offset = offset;
  }

  /** Asks how many bytes the registry has (end-13), and gives it, or undefined when it does not say. */
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
   * Goes on from where the registry says it is, which it gives, too; undefined when it does not say, or says more than
   * the `sent` bytes there are. Then nothing has changed.
   */
  async goBack(sent: number): Promise<number | undefined> {
    const confirmed = await this.status();
    if (confirmed === undefined || confirmed > sent) return undefined;
    this.confirm(confirmed);
    return confirmed;
  }

  /** Sends the next bytes (end-5). */
  async patch(body: Blob): Promise<Response> {
    const range = `${this.#offset}-${this.#offset + body.size - 1}`;
    return this.#patch(body, { 'content-range': range });
  }

  /** Sends all that is left without a range, as what all registries take that docker pushes to. */
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

  /** Ends the upload (end-6), with all of the content if nothing was sent before. */
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

  /** Sends a request; when its content could not be read, that is what it fails with, whatever the registry says. */
  async #send(method: string, url: string, content: Blob | undefined, options: SendOptions): Promise<Response> {
    const { connection, name, signal, what } = this.#upload;
    const body = content && new RequestBody(content);
    const answer = await connection
      .send(method, url, { ...options, signal, body: body?.blob })
      .catch((error: unknown): undefined => {
        signal?.throwIfAborted();
        if (!body?.failure) throw error;
      });
    if (answer && !body?.failure) return answer;
    discard(answer);
    const error = body?.failure?.error;
    throw asCallers(name === undefined ? error : await readError(error, content as Blob, name, what));
  }

  /** The error a refusal of the session stands for. */
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
   * Has the registry forget the session (end-14). What the registry says to it does not matter. Where the caller is
   * leaving, by default when the upload is aborted, it is not waited for as long.
   */
  async cancel(isLeaving: boolean = this.#upload.signal?.aborted === true): Promise<void> {
    const { connection } = this.#upload;
    const timeout = AbortSignal.timeout(isLeaving ? cancelTimeout.leaving : cancelTimeout.usual);
    await connection
      .send('DELETE', this.#location, { signal: timeout, repeatable: false, access: 'push' })
      .then(discard, (error: unknown) => (timeout.aborted ? undefined : passOver(error)));
  }

  /** Where it goes on; an answer without a `Location` leaves it where it was. */
  #moveOn(response: Response, url: string): void {
    if (response.headers.has('location')) this.#location = locationOf(this.#upload, response, url);
  }
}

/** The session that an answer to a POST began. */
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
 * How many bytes a `Range` says are there. `0-0` is one byte, but most registries say it for none as well: it is none
 * while nothing was confirmed. olareg's `0--1` is none.
 */
export function sizeIn(range: string | null, confirmed: number): number | undefined {
  const last = /^(?:bytes[= ])?0-(-1|\d{1,15})$/.exec(range ?? '')?.[1];
  if (last === undefined) return undefined;
  return last === '0' && confirmed === 0 ? 0 : Number(last) + 1;
}
