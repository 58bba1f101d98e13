import { join } from 'node:path';
import type { ConfigFormat } from './config.ts';

/** Podman's file, below where programs keep their settings. */
const authFile = join('containers', 'auth.json');

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
  /** Number of the user; undefined where users have none, or it is not known. */
  uid: number | undefined;
  /** The home directory, for where no variable says it; throws when it is not known. */
  home: () => string;
}

/** What a function gives; undefined when it throws, as where a runtime wants a permission for it. */
export function allowed<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch {
    return undefined;
  }
}

/**
 * The files that may have credentials, the first to ask first, which is also the one that is written. A file that is
 * named, by `config` or REGISTRY_AUTH_FILE, is the only one, as in podman. Otherwise: docker's `config.json`, podman's
 * `auth.json` of the session and of the user (containers-auth.json(5)), and docker's old `.dockercfg`. A variable that
 * may not be read is as one that is not set. Without a home directory the files in it are left out.
 */
export function locationsOf(config: string | undefined, environment: Environment, machine: Machine): Location[] {
  const variable = (name: string): string | undefined => allowed(() => environment[name]) || undefined;
  const only = config ?? variable('REGISTRY_AUTH_FILE');
  if (only !== undefined) return [{ path: only, format: 'config', named: true }];
  const home = variable('HOME') ?? variable('USERPROFILE') ?? allowed(machine.home);
  const below = (directory: string | undefined, ...names: string[]): string | undefined =>
    directory === undefined ? undefined : join(directory, ...names);
  const docker = variable('DOCKER_CONFIG');
  const session = podmanSession(variable('XDG_RUNTIME_DIR'), machine) ?? below(home, '.config', authFile);
  const user = below(variable('XDG_CONFIG_HOME') ?? below(home, '.config'), authFile);
  const file = (path: string | undefined, format: ConfigFormat, named = false): Location[] =>
    path === undefined ? [] : [{ path, format, named }];
  return [
    ...file(below(docker ?? below(home, '.docker'), 'config.json'), 'config', docker !== undefined),
    ...[...new Set([session, user])].flatMap((path) => file(path, 'config')),
    ...file(below(home, '.dockercfg'), 'dockercfg'),
  ];
}

/** Where `podman login` writes on Linux: what is there lasts as long as the session. */
function podmanSession(session: string | undefined, { platform, uid }: Machine): string | undefined {
  if (platform !== 'linux') return undefined;
  if (session !== undefined) return join(session, authFile);
  return uid === undefined ? undefined : join('/run', 'containers', String(uid), 'auth.json');
}
