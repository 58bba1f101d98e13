import { readAll } from '../../bytes/streams.ts';
import { TooLargeError } from '../../errors.ts';
import { splitDigest } from '../../oci/digest.ts';
import { manifestTypeOf, maxManifestSize } from '../../oci/manifest.ts';
import { manifestMediaTypes, saysWhatItIs, withoutParameters } from '../../oci/media-types.ts';
import { checkTag } from '../../oci/reference.ts';
import { sizeHeader } from '../answers/content-headers.ts';
import { discard } from '../answers/discard.ts';
import { answerError } from '../answers/error-response.ts';
import { bodyOf } from '../connection/body.ts';
import type { Connection } from '../connection/connection.ts';

/**
 * The `Accept` header for any manifest: without it, distribution answers 404 for OCI manifests. Other types are
 * accepted as bytes.
 */
export const accept: string = [...manifestMediaTypes, '*/*'].join(', ');

/** The `Accept` header for a descriptor: its type, or any other, because the digest verifies the content. */
export function acceptOf(mediaType: string): string {
  return `${withoutParameters(mediaType)}, */*`;
}

/**
 * Reads the bytes of a manifest.
 *
 * @throws TooLargeError above 4 MiB
 */
export async function readManifest(
  connection: Connection,
  response: Response,
  url: string,
  signal?: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  const size = sizeHeader(response);
  const limit = maxManifestSize;
  if (size !== undefined && size > limit) {
    discard(response);
    throw new TooLargeError(`The manifest has ${size} bytes, more than the ${limit} that are read`, limit, size);
  }
  return readAll(bodyOf(connection, response, url, signal), limit, signal);
}

/**
 * The media type of a manifest: `Content-Type`, or what the manifest itself says when the header is missing or useless;
 * undefined when neither says it.
 */
export function typeIn(response: Response, bytes: Uint8Array): string | undefined {
  const said = response.headers.get('content-type') ?? '';
  return saysWhatItIs(said) ? withoutParameters(said) : manifestTypeOf(bytes);
}

/**
 * The media type of a manifest, see {@link typeIn}.
 *
 * @throws RegistryError when nothing says it
 */
export function mediaTypeOf(response: Response, bytes: Uint8Array, url: string): string {
  const type = typeIn(response, bytes);
  if (type !== undefined) return type;
  throw answerError('The registry sent a manifest without its media type', response.status, url);
}

/**
 * URL of a manifest (distribution-spec, end-3).
 *
 * @throws InvalidReferenceError or UnsupportedError when it is neither a tag nor a digest that can be verified
 */
export function manifestUrl(connection: Connection, reference: string): string {
  if (reference.includes(':')) splitDigest(reference);
  else checkTag(reference);
  return `${connection.base}/manifests/${reference}`;
}

/** The name of a manifest in messages. */
export function nameOf({ reference }: Connection, tagOrDigest: string): string {
  return String(reference.with(tagOrDigest));
}
