import type { AccessAction, Scope } from './access.ts';

/** Returns the allowed actions of a scope. */
export type Permission = (scope: Scope) => Promise<readonly AccessAction[]>;

/**
 * An authorization rule: returns the allowed ones of the requested actions on a repository. The user is undefined for
 * anonymous access, when `anonymousPull` is set. It is also called with `*` on `_catalog`, the list of all
 * repositories.
 */
export type AccessRule = (
  user: string | undefined,
  repository: string,
  actions: readonly AccessAction[],
) => readonly AccessAction[] | Promise<readonly AccessAction[]>;

/** The authorization policy of a registry. */
export class Policy {
  readonly #anonymousPull: boolean;
  readonly #rule: AccessRule;

  /** Allows users everything and, with `anonymousPull`, anonymous clients to pull, as far as the rule allows it. */
  constructor(anonymousPull: boolean, rule: AccessRule = (_user, _repository, actions) => actions) {
    this.#anonymousPull = anonymousPull;
    this.#rule = rule;
  }

  /** The permissions of a user, or of anonymous clients. */
  permissionOf(user: string | undefined): Permission {
    return async ({ resource, actions }) => {
      const open = user !== undefined ? actions : actions.filter((action) => this.#anonymousPull && action === 'pull');
      if (open.length === 0) return [];
      const allowed = await this.#rule(user, resource, open);
      return open.filter((action) => allowed.includes(action));
    };
  }

  /** The scopes that a user, or an anonymous client, is allowed. */
  async grant(user: string | undefined, scopes: readonly Scope[]): Promise<Scope[]> {
    const permission = this.permissionOf(user);
    const granted: Scope[] = [];
    for (const scope of scopes) {
      const actions = await permission(scope);
      if (actions.length > 0) granted.push({ resource: scope.resource, actions });
    }
    return granted;
  }
}

/** Tells whether all of the needed access is allowed. */
export async function allows(permission: Permission, needed: readonly Scope[]): Promise<boolean> {
  for (const scope of needed) {
    const allowed = await permission(scope);
    if (!scope.actions.every((action) => allowed.includes(action))) return false;
  }
  return true;
}
