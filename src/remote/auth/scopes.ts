/** What a request does in a repository: it reads, it reads and writes, or it deletes a manifest, a tag or a blob. */
export type RepositoryAccess = 'pull' | 'push' | 'delete';

/** The scope for it (distribution's token specification, "Resource Scope"); who may delete need not be one who may read. */
export function repositoryScope(repository: string, access: RepositoryAccess): string {
  return `repository:${repository}:${access === 'push' ? 'pull,push' : access}`;
}

/**
 * The union of scopes, one per resource, in a fixed order, so that equal needs ask for equal tokens. A name may hold a
 * port, so the parts are before the first and after the last colon. `*` stands for all actions. A scope of another form
 * (`aws` at public.ecr.aws) is kept as it is.
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
