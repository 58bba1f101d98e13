import { homedir } from 'node:os';
import { join } from 'node:path';
import type { ConfigFormat } from './config.ts';

/** Variables by name; names are case-sensitive here. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A file that may have credentials. */
export interface Location {
  /** Its path. */
  path: string;
  /** How it is written. */
  format: ConfigFormat;
  /** Whether somebody named it; then it must be readable if it is there. */
  named: boolean;
}

/** What tells where the files are, besides the variables. */
export interface Machine {
  /** As in `process.platform`. */
  platform: string;
  /** Number of the user; undefined where users have none. */
  uid: number | undefined;
}

/**
 * The files that may have credentials, the first to ask first, which is also the one that is written. A file that is
 * named, by `config` or REGISTRY_AUTH_FILE, is the only one, as in podman. Otherwise: docker's `config.json`, podman's
 * `auth.json` of the session and of the user (containers-auth.json(5)), and docker's old `.dockercfg`.
 */
export function locationsOf(
  config: string | undefined,
  environment: Environment,
  machine: Machine,
): [Location, ...Location[]] {
  const only = config ?? (environment.REGISTRY_AUTH_FILE || undefined);
  if (only !== undefined) return [{ path: only, format: 'config', named: true }];
  const home = environment.HOME || environment.USERPROFILE || homedir();
  const docker = environment.DOCKER_CONFIG;
  const own = join(environment.XDG_CONFIG_HOME || join(home, '.config'), 'containers', 'auth.json');
  return [
    { path: join(docker || join(home, '.docker'), 'config.json'), format: 'config', named: Boolean(docker) },
    ...[...new Set([podmanSession(environment, machine, home), own])].map((path) => unnamed(path, 'config')),
    unnamed(join(home, '.dockercfg'), 'dockercfg'),
  ];
}

/** Where `podman login` writes: on Linux what is there lasts as long as the session. */
function podmanSession(environment: Environment, { platform, uid }: Machine, home: string): string {
  if (platform !== 'linux' || uid === undefined) return join(home, '.config', 'containers', 'auth.json');
  const session = environment.XDG_RUNTIME_DIR;
  return session ? join(session, 'containers', 'auth.json') : join('/run', 'containers', String(uid), 'auth.json');
}

function unnamed(path: string, format: ConfigFormat): Location {
  return { path, format, named: false };
}
