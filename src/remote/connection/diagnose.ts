import type { AbortOptions } from '../../options.ts';
import { discard } from '../answers/discard.ts';
import { pageOrigin } from '../answers/network-error.ts';
import type { Fetch } from '../http/fetch.ts';
import { isPrivateHost } from '../trust/address.ts';
import { registryProblem } from './ping.ts';

/** Why a page cannot use a registry, as far as a page can tell. */
export type AccessProblem =
  /** No response: the registry is not running, the name is wrong, or this machine is offline. */
  | 'unreachable'
  /** A web page, or a redirect to another host: the name is wrong, or a login page is in front of the registry. */
  | 'not-a-registry'
  /** It answers without the CORS headers that this page needs to read the response. */
  | 'cors'
  /** It can be read, but CORS does not allow the methods or headers of a push, or does not expose headers that are needed. */
  | 'cors-incomplete'
  /** The page is https, the registry is plain http, and the browser blocks mixed content. */
  | 'mixed-content'
  /** The registry is on this machine or network, and the browser's permission for that was not granted. */
  | 'local-network';

/** What {@link Registry.diagnose} found. */
export interface Diagnosis {
  /** Origin of the registry. */
  origin: string;
  /** HTTP status of its response; undefined when none could be read. */
  status: number | undefined;
  /** Problems, the most likely first; empty when a page can use the registry as it is. */
  problems: AccessProblem[];
  /** Advice: a sentence or a header line each. */
  advice: string[];
}

/** Headers that a page must be able to read (distribution-spec; `WWW-Authenticate` for the challenge). */
const exposed = 'Docker-Content-Digest, Link, Location, OCI-Subject, Range, WWW-Authenticate';

const headerLines = (page: string): string[] => [
  `Access-Control-Allow-Origin: ${page}`,
  'Access-Control-Allow-Methods: GET, HEAD, POST, PUT, PATCH, DELETE',
  'Access-Control-Allow-Headers: Authorization, Accept, Content-Type, Content-Range, Range',
  `Access-Control-Expose-Headers: ${exposed}`,
];

/** Sends the kinds of requests that a page would send, and reports which of them fail. Nothing is stored. */
export async function diagnose(fetch: Fetch, origin: string, { signal }: AbortOptions = {}): Promise<Diagnosis> {
  const url = `${origin}/v2/`;
  const page = pageOrigin();
  const ask = async (init: RequestInit): Promise<Response | undefined> => {
    const response = await fetch(url, { credentials: 'omit', signal: signal ?? null, ...init }).catch(() => undefined);
    signal?.throwIfAborted();
    return response;
  };
  const askAndLeave = async (init: RequestInit): Promise<boolean> => {
    const response = await ask(init);
    discard(response);
    return response !== undefined;
  };
  const answer = await ask({});
  const found: Diagnosis = { origin, status: answer?.status, problems: [], advice: [] };
  const add = (problem: AccessProblem, ...advice: string[]): void => {
    found.problems.push(problem);
    found.advice.push(...advice);
  };
  if (!answer) {
    const { hostname, protocol } = new URL(origin);
    const isNear = isPrivateHost(hostname);
    if (page?.startsWith('https:') && protocol === 'http:' && !isNear) {
      add('mixed-content', 'Serve the registry over https: a page that came over https may not call plain http');
    } else if (page !== undefined && (await askAndLeave({ mode: 'no-cors' }))) {
      add('cors', 'Let the registry answer with these headers, to OPTIONS too and without asking for credentials:');
      found.advice.push(...headerLines(page));
    } else {
      add('unreachable', `Check that ${origin} is right, that the registry runs, and that this machine is online`);
      const isFar = page !== undefined && !isPrivateHost(new URL(page).hostname);
      if (isNear && isFar) add('local-network', 'Allow this page to reach devices on the local network when asked');
    }
    return found;
  }
  // An error response may be a web page of a proxy in front of the registry.
  const isAnswer = answer.ok || answer.status === 404;
  const problem = isAnswer && (await registryProblem(answer, url, signal).catch(() => signal?.throwIfAborted()));
  if (!isAnswer) discard(answer);
  if (problem) add('not-a-registry', `Check that ${origin} is right: ${problem.message}`);
  if (page === undefined || page === origin) return found;
  // A PUT needs a preflight, as those of a push do; at this address it cannot change anything.
  const preflighted = await askAndLeave({
    method: 'PUT',
    headers: { 'content-type': 'application/octet-stream', authorization: 'Basic Og==' },
  });
  if (!preflighted) {
    add('cors-incomplete', 'Let the registry answer OPTIONS with 200 or 204 and these headers, without credentials:');
    found.advice.push(...headerLines(page));
  } else if (answer.status === 401 && !answer.headers.has('www-authenticate')) {
    add('cors-incomplete', 'Let the registry expose its challenge, or give its `challenge` among the `hosts`:');
    found.advice.push(`Access-Control-Expose-Headers: ${exposed}`);
  }
  return found;
}
