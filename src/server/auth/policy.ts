import type { AccessAction, Scope } from './access.ts';

/** Of a scope's actions those that are allowed. */
export type Permission = (scope: Scope) => Promise<readonly AccessAction[]>;

/**
 * Says which of the actions on a repository a user may do; the user is undefined for everybody, when `anonymousPull` is
 * set. It is also asked for `*` on `_catalog`, the list of all repositories.
 */
export type AccessRule = (
  user: string | undefined,
  repository: string,
  actions: readonly AccessAction[],
) => readonly AccessAction[] | Promise<readonly AccessAction[]>;

/** Who may do what. */
export class Policy {
  readonly #anonymousPull: boolean;
  readonly #rule: AccessRule;

  /** Everything for users and, if wanted, pulling for everybody, as far as the rule allows it. */
  constructor(anonymousPull: boolean, rule: AccessRule = (_user, _repository, actions) => actions) {
    this.#anonymousPull = anonymousPull;
    this.#rule = rule;
  }

  /** What a user may do, or everybody. */
  permissionOf(user: string | undefined): Permission {
    return async ({ resource, actions }) => {
      const open = user !== undefined ? actions : actions.filter((action) => this.#anonymousPull && action === 'pull');
      if (open.length === 0) return [];
      const allowed = await this.#rule(user, resource, open);
      return open.filter((action) => allowed.includes(action));
    };
  }

  /** Of the scopes what a user may do, or everybody. */
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

/** Tells whether everything that is needed is allowed. */
export async function allows(permission: Permission, needed: readonly Scope[]): Promise<boolean> {
  for (const scope of needed) {
    const allowed = await permission(scope);
    if (!scope.actions.every((action) => allowed.includes(action))) return false;
  }
  return true;
}
