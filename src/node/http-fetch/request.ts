import type { FetchInit } from '../../remote/http/fetch.ts';

/** A request as it is sent. */
export interface OutgoingRequest {
  /** Where to. */
  url: URL;
  /** HTTP method. */
  method: string;
  /** Headers by their names in lower case, without those that say how the body is sent. */
  headers: Map<string, string>;
  /** The body, which can be read again. */
  body: Blob | undefined;
}

/** What node:http says itself: from elsewhere it could contradict what is really sent. */
const ofTheConnection = ['host', 'content-length', 'transfer-encoding'];

/** The request that is meant by the parameters of `fetch`.
 *
 * @throws Error when it cannot be sent, in words that quote neither address nor header
 */
export async function requestOf(url: string, init: FetchInit): Promise<OutgoingRequest> {
  const { body = null, method = 'GET' } = init;
  const content = body === null ? undefined : await contentOf(body);
  // Registries behind some firewalls refuse who does not name himself.
  const headers = new Map([
    ['accept', '*/*'],
    ['user-agent', 'node'],
    ...(content?.type ? [['content-type', content.type] as const] : []),
    ...headersOf(init.headers),
  ]);
  for (const name of ofTheConnection) headers.delete(name);
  return { url: addressOf(url), method, headers, body: content?.blob };
}

/** The address, if one can be asked for it. */
export function addressOf(url: string, base?: URL): URL {
  if (!URL.canParse(url, base?.href)) throw new Error('the address is none');
  const address = new URL(url, base?.href);
  if (address.protocol !== 'http:' && address.protocol !== 'https:') throw new Error('the address is not one of HTTP');
  if (address.username || address.password) throw new Error('the address has credentials in it');
  address.hash = '';
  return address;
}

function headersOf(init: FetchInit['headers']): Iterable<[string, string]> {
  try {
    return init instanceof Headers ? init : new Headers(init);
  } catch {
    // The error quotes the value, which may be a password.
    throw new Error('a header has an invalid name or value');
  }
}

/** A body as a Blob, and its media type. This package sends Blobs only; everything else is kept in memory. */
async function contentOf(body: BodyInit): Promise<{ blob: Blob; type: string }> {
  if (body instanceof Blob) return { blob: body, type: body.type };
  const whole = new Response(body);
  return { blob: await whole.blob(), type: whole.headers.get('content-type') ?? '' };
}
