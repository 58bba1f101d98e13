import { neededScopes } from '../auth/access.ts';
import { allows, type Permission } from '../auth/policy.ts';
import { json, Refusal } from '../http/refusal.ts';
import { type Route, requireDigest, requireName, routeOf } from '../http/route.ts';
import { deleteBlob, getBlob } from './blobs.ts';
import type { Exchange } from './exchange.ts';
import { listRepositories, listTags } from './listings.ts';
import { deleteManifest, getManifest, putManifest } from './manifests.ts';
import { listReferrers } from './referrers.ts';
import { appendChunk, cancelUpload, finishUpload, startUpload, uploadStatus } from './uploads.ts';

/** The handlers of one path by method. `HEAD` is handled like `GET`. */
type Methods = Record<string, () => Promise<Response>>;

/**
 * Answers a request (distribution-spec, "Endpoints").
 *
 * @throws Refusal when it is outside the API, or cannot be fulfilled
 */
export async function respond(exchange: Exchange): Promise<Response> {
  const { request, url, settings } = exchange;
  const tokens = settings.auth?.tokenService(url);
  if (tokens) return tokens.respond(request, url);
  const route = routeOf(url.pathname);
  if (!route) throw new Refusal(404, 'NAME_UNKNOWN', 'This is not a path of the registry API');
  if ('repository' in route) requireName(route.repository);
  const permission = await settings.auth?.authorize(request, neededScopes(route, request, url));
  const { method } = request;
  const methods = methodsOf(route, permission ? { ...exchange, mayPull: mayPull(permission) } : exchange);
  const name = method === 'HEAD' ? 'GET' : method;
  const answer = Object.hasOwn(methods, name) ? methods[name] : undefined;
  if (answer) return answer();
  const allow = Object.keys(methods).join(', ');
  throw new Refusal(405, 'UNSUPPORTED', `${method} is not possible here`, { headers: { allow } });
}

function mayPull(permission: Permission): Exchange['mayPull'] {
  return (name) => allows(permission, [{ resource: name, actions: ['pull'] }]);
}

function methodsOf(route: Route, exchange: Exchange): Methods {
  if (route.kind === 'version') return { GET: async () => json(200, {}) };
  if (route.kind === 'catalog') return { GET: () => listRepositories(exchange) };
  const repository = exchange.repository(route.repository);
  switch (route.kind) {
    case 'tags':
      return { GET: () => listTags(exchange, repository) };
    case 'uploads':
      return { POST: () => startUpload(exchange, repository) };
    case 'upload':
      return {
        GET: () => uploadStatus(exchange, repository, route.id),
        PATCH: () => appendChunk(exchange, repository, route.id),
        PUT: () => finishUpload(exchange, repository, route.id),
        DELETE: () => cancelUpload(exchange, repository, route.id),
      };
    case 'blob':
      return {
        GET: () => getBlob(exchange, repository, requireDigest(route.reference)),
        DELETE: () => deleteBlob(exchange, repository, requireDigest(route.reference)),
      };
    case 'manifest':
      return {
        GET: () => getManifest(exchange, repository, route.reference),
        PUT: () => putManifest(exchange, repository, route.reference),
        DELETE: () => deleteManifest(exchange, repository, route.reference),
      };
    case 'referrers':
      return { GET: () => listReferrers(exchange, repository, route.reference) };
  }
}
