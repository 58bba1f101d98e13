import type { AuthOptions, RegistryServerOptions } from 'oras-js/server';

/** A user who may do everything. */
export const alice = { username: 'alice', password: 's3cret-päss' } as const;
/** A user who may pull from `team/`, and do everything below `team/bob/`. */
export const bob = { username: 'bob', password: 'b:ob' } as const;

const common: Omit<AuthOptions, 'scheme'> = {
  users: { [alice.username]: alice.password, [bob.username]: bob.password },
  access: (user, repository, actions) => {
    if (user === alice.username || repository.startsWith('team/bob/')) return actions;
    return repository.startsWith('team/') ? actions.filter((action) => action === 'pull') : [];
  },
};

/** A way in which the project's own registry asks who is there. */
export interface AuthMode {
  /** What it is called, and who may pull without saying who it is. */
  name: string;
  /** Settings of the registry. */
  auth: RegistryServerOptions['auth'];
}

/** All ways in which the project's own registry asks who is there. */
export const authModes: readonly AuthMode[] = [
  { name: 'basic', auth: { ...common, scheme: 'basic' } },
  { name: 'bearer', auth: { ...common, scheme: 'bearer' } },
  { name: 'basic before bearer', auth: { ...common, scheme: ['basic', 'bearer'] } },
  { name: 'bearer before basic', auth: { ...common, scheme: ['bearer', 'basic'] } },
  { name: 'basic, pull for everybody', auth: { ...common, scheme: 'basic', anonymousPull: true } },
  { name: 'bearer, pull for everybody', auth: { ...common, scheme: 'bearer', anonymousPull: true } },
  { name: 'nobody', auth: undefined },
];
