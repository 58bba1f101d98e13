import type { FetchInit } from '../../remote/http/fetch.ts';

/** A request to send. */
export interface OutgoingRequest {
  /** Its URL. */
  url: URL;
  /** HTTP method. */
  method: string;
  /** Headers by lower-case name, without those for the transfer of the body. */
  headers: Map<string, string>;
  /** The body, which can be read more than once. */
  body: Blob | undefined;
}

/** Headers that node:http sets itself; the caller's values could contradict what is sent. */
const ofTheConnection = ['host', 'content-length', 'transfer-encoding'];

/** The request for the arguments of `fetch`.
 *
 * @throws Error when it is invalid; the message quotes neither the URL nor headers
 */
export async function requestOf(url: string, init: FetchInit): Promise<OutgoingRequest> {
  const { body = null, method = 'GET' } = init;
  const content = body === null ? undefined : await contentOf(body);
  // Some firewalls of registries reject requests without a User-Agent.
  const headers = new Map([
    ['accept', '*/*'],
    ['user-agent', 'node'],
    ...(content?.type ? [['content-type', content.type] as const] : []),
    ...headersOf(init.headers),
  ]);
  for (const name of ofTheConnection) headers.delete(name);
  return { url: addressOf(url), method, headers, body: content?.blob };
}

/** Parses a URL; only http and https, without a user name or password. */
export function addressOf(url: string, base?: URL): URL {
  if (!URL.canParse(url, base?.href)) throw new Error('the address is invalid');
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
    // Not the original error: it quotes the value, which may be a password.
    throw new Error('a header has an invalid name or value');
  }
}

/** A body as a Blob, and its media type. This package sends Blobs only; other bodies are read into memory. */
async function contentOf(body: BodyInit): Promise<{ blob: Blob; type: string }> {
  if (body instanceof Blob) return { blob: body, type: body.type };
  const whole = new Response(body);
  return { blob: await whole.blob(), type: whole.headers.get('content-type') ?? '' };
}
