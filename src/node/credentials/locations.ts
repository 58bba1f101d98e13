import { join } from 'node:path';
import type { ConfigFormat } from './config.ts';

/** Podman's file, relative to the directory of user settings. */
const authFile = join('containers', 'auth.json');

/** Environment variables by name, case-sensitive. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A file that may contain credentials. */
export interface Location {
  /** Its path. */
  path: string;
  /** Its format. */
  format: ConfigFormat;
  /** Whether the user configured it; then it must be readable if it exists. */
  named: boolean;
}

/** The system's part in finding the files, besides the variables. */
export interface Machine {
  /** As in `process.platform`. */
  platform: string;
  /** User id; undefined if the system has none or it is unknown. */
  uid: number | undefined;
  /** The home directory, used if no variable sets it; throws when it is unknown. */
  home: () => string;
}

/** The result of a function; undefined when it throws, for example because a runtime requires a permission. */
export function allowed<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch {
    return undefined;
  }
}

/**
 * The files that may contain credentials, in order; the first one is also the one to write. A configured file, by
 * `config` or REGISTRY_AUTH_FILE, is the only one, as in podman. Otherwise: docker's `config.json`, podman's
 * `auth.json` of the session and of the user (containers-auth.json(5)), and docker's old `.dockercfg`. A variable
 * without read permission counts as unset. Without a home directory its files are omitted.
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

/** The file that `podman login` writes on Linux; it is deleted at the end of the session. */
function podmanSession(session: string | undefined, { platform, uid }: Machine): string | undefined {
  if (platform !== 'linux') return undefined;
  if (session !== undefined) return join(session, authFile);
  return uid === undefined ? undefined : join('/run', 'containers', String(uid), 'auth.json');
}
