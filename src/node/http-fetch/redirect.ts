import type { IncomingMessage } from 'node:http';
import { addressOf, type OutgoingRequest } from './request.ts';

const redirects = [301, 302, 303, 307, 308];
/** Headers that are removed on a redirect to another origin. */
const secrets = ['authorization', 'proxy-authorization', 'cookie'];
/** Headers that describe a body. */
const ofBodies = ['content-encoding', 'content-language', 'content-location', 'content-type'];

/** The redirect target of a response, from its `Location`; undefined if it is not a redirect. */
export function locationOf({ headers, statusCode = 0 }: IncomingMessage): string | undefined {
  if (headers.location === undefined || !redirects.includes(statusCode)) return undefined;
  // node:http decodes headers as Latin-1, but URLs are sent in UTF-8.
  return Buffer.from(headers.location, 'latin1').toString();
}

/** The request after a redirect (Fetch standard, "HTTP-redirect fetch"); credentials are not sent to another origin. */
export function redirected(request: OutgoingRequest, status: number | undefined, location: string): OutgoingRequest {
  const url = redirectTarget(location, request.url);
  const headers = new Map(request.headers);
  if (url.origin !== request.url.origin) for (const name of secrets) headers.delete(name);
  const { method } = request;
  const isPost = (status === 301 || status === 302) && method === 'POST';
  const isSeeOther = status === 303 && method !== 'GET' && method !== 'HEAD';
  if (!isPost && !isSeeOther) return { ...request, url, headers };
  for (const name of ofBodies) headers.delete(name);
  return { url, headers, method: 'GET', body: undefined };
}

function redirectTarget(location: string, base: URL): URL {
  try {
    return addressOf(location, base);
  } catch (cause) {
    // The message names the redirect as the cause, not the request.
    throw new Error(`a redirect cannot be followed: ${(cause as Error).message}`);
  }
}
