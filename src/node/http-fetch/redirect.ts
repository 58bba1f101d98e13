import type { IncomingMessage } from 'node:http';
import { addressOf, type OutgoingRequest } from './request.ts';

const redirects = [301, 302, 303, 307, 308];
/** What is only for the origin it was given for. */
const secrets = ['authorization', 'proxy-authorization', 'cookie'];
/** What is said of a body. */
const ofBodies = ['content-encoding', 'content-language', 'content-location', 'content-type'];

/** Where an answer leads, as it says it; undefined when it leads nowhere. */
export function locationOf({ headers, statusCode = 0 }: IncomingMessage): string | undefined {
  if (headers.location === undefined || !redirects.includes(statusCode)) return undefined;
  // node:http reads bytes as Latin-1, but an address is sent in UTF-8.
  return Buffer.from(headers.location, 'latin1').toString();
}

/** The request that a redirect asks for (Fetch standard, "HTTP-redirect fetch"); secrets do not go to another origin. */
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
    // That it is a redirect tells the client that there is no use in trying again.
    throw new Error(`a redirect cannot be followed: ${(cause as Error).message}`);
  }
}
