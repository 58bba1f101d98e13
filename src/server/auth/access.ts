import { checkRepository } from '../../oci/reference.ts';
import type { Route } from '../http/route.ts';

/** An action on a repository. `*` is the action on the list of all repositories. */
export type AccessAction = 'pull' | 'push' | 'delete' | '*';

/** Actions on one resource. */
export interface Scope {
  /** A repository's name, or {@link catalog}. */
  resource: string;
  /** The actions, each once. */
  actions: readonly AccessAction[];
}

/** The resource name of the list of all repositories; no repository can have this name. */
export const catalog = '_catalog';
const repositoryActions: readonly AccessAction[] = ['pull', 'push', 'delete'];

/**
 * Parses requested scopes (distribution's token scope documentation): separated by spaces, each
 * `<type>:<name>:<actions>`. Actions on the same resource are merged. Unknown resources and actions are left out,
 * because a grant may be smaller than the request.
 */
export function parseScopes(text: string): Scope[] {
  const asked = new Map<string, Set<AccessAction>>();
  for (const part of text.split(' ')) {
    const [, type, name = '', actions = ''] = /^([a-z]+)(?:\([^)]*\))?:(.*):([^:]*)$/.exec(part) ?? [];
    const resource = resourceOf(type, name);
    if (resource === undefined) continue;
    const known = resource === catalog ? ['*' as const] : repositoryActions;
    const words = actions.split(',');
    const found = known.filter((action) => words.includes(action) || words.includes('*'));
    asked.set(resource, new Set([...(asked.get(resource) ?? []), ...found]));
  }
  return [...asked].map(([resource, actions]) => ({ resource, actions: [...actions] }));
}

/** Serializes scopes in the form of a request. */
export function formatScopes(scopes: readonly Scope[]): string {
  return scopes
    .map(({ resource, actions }) => {
      return resource === catalog ? `registry:catalog:${actions}` : `repository:${resource}:${actions}`;
    })
    .join(' ');
}

/** The access that a request needs; none for the base endpoint. Names are checked already. */
export function neededScopes(route: Route, { method }: Request, url: URL): Scope[] {
  if (route.kind === 'version') return [];
  if (route.kind === 'catalog') return [{ resource: catalog, actions: ['*'] }];
  const on = (...actions: AccessAction[]): Scope => ({ resource: route.repository, actions });
  // Upload status and cancelling an upload need push access.
  if (route.kind === 'upload') return [on('pull', 'push')];
  if (method === 'GET' || method === 'HEAD') return [on('pull')];
  if (method === 'DELETE') return [on('delete')];
  const from = route.kind === 'uploads' && url.searchParams.has('mount') ? url.searchParams.get('from') : null;
  const source = from !== route.repository && from !== null ? resourceOf('repository', from) : undefined;
  return source === undefined ? [on('pull', 'push')] : [on('pull', 'push'), { resource: source, actions: ['pull'] }];
}

function resourceOf(type: string | undefined, name: string): string | undefined {
  if (type === 'registry' && name === 'catalog') return catalog;
  if (type !== 'repository') return undefined;
  try {
    checkRepository(name);
    return name;
  } catch {
    return undefined;
  }
}
