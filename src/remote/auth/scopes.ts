/**
 * Access that a request needs to a repository: `pull` to read, `push` to read and write, `delete` to delete a manifest,
 * a tag or a blob.
 */
export type RepositoryAccess = 'pull' | 'push' | 'delete';

/**
 * The token scope for an access (distribution's token specification, "Resource Scope"). `delete` does not include
 * `pull`.
 */
export function repositoryScope(repository: string, access: RepositoryAccess): string {
  return `repository:${repository}:${access === 'push' ? 'pull,push' : access}`;
}

/**
 * Merges scopes to one per resource, in a fixed order, so that equal sets give equal cache keys. A resource name may
 * contain a port, so the type ends at the first colon and the actions start after the last. `*` means all actions.
 * Scopes of another form (`aws` at public.ecr.aws) are kept as they are.
 */
export function mergeScopes(...scopes: readonly string[]): string[] {
  const actions = new Map<string, Set<string>>();
  const merged = new Set<string>();
  for (const scope of scopes) {
    const last = scope.lastIndexOf(':');
    if (last <= scope.indexOf(':')) {
      if (scope) merged.add(scope);
      continue;
    }
    const resource = scope.slice(0, last);
    const known = actions.get(resource) ?? new Set();
    for (const action of scope.slice(last + 1).split(',')) if (action) known.add(action);
    actions.set(resource, known);
  }
  for (const [resource, known] of actions) {
    const list = known.has('*') ? ['*'] : [...known].sort();
    if (list.length > 0) merged.add(`${resource}:${list.join(',')}`);
  }
  return [...merged].sort();
}
