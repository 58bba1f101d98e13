import { dockerHub, isDockerHub } from '../../oci/docker-hub.ts';

/** Docker's key for the credentials of Docker Hub: the URL of its old API. */
const dockerHubKey = 'https://index.docker.io/v1/';

/** The keys under which the credential of a registry or repository may be stored; see {@link keysOf}. */
export interface CredentialKeys {
  /** Keys with a path, the longest first: `host/org/image`, `host/org`. Empty for a whole registry. */
  paths: readonly string[];
  /** Keys of the registry itself; the first one is used for writing. */
  servers: readonly string[];
  /** The hosts that match in the URL keys of old versions. */
  hosts: readonly string[];
}

/**
 * The keys to look up for `host`, `host/namespace` or `host/namespace/repository`. Keys with paths are podman's
 * (containers-auth.json(5)); docker has credentials for whole registries only. Any other text is a key as it is.
 */
export function keysOf(name: string): CredentialKeys {
  if (name === dockerHubKey) return keysOf(dockerHub.host);
  if (name.includes('://')) return { paths: [], servers: [name], hosts: [] };
  const [host = '', ...names] = name.split('/');
  const isHub = isDockerHub(host);
  const base = isHub ? dockerHub.host : host;
  const paths = names.map((_, index) => [base, ...names.slice(0, names.length - index)].join('/'));
  if (isHub) return { paths, servers: [dockerHubKey, ...dockerHub.hosts], hosts: dockerHub.hosts };
  return { paths, servers: [host], hosts: [host] };
}

/**
 * The host of a URL key: old versions of docker stored credentials under URLs, as in
 * `https://registry.example.com/v1/`. Without a scheme, the path is podman's: its credential must not be used for the
 * whole host. Only `.dockercfg` is older than podman's keys (`anyPath`).
 */
export function hostOfKey(key: string, anyPath: boolean): string | undefined {
  const address = /^https?:\/\/([^/]+)/.exec(key);
  if (address) return address[1];
  return anyPath ? key.split('/', 1)[0] : undefined;
}

/** The name to look up for a request: the repository if the scopes name exactly one, or else the host. */
export function nameFor(host: string, scopes: readonly string[]): string {
  const repositories = new Set<string>();
  for (const scope of scopes) {
    const name = /^repository:(.+):[^:]*$/.exec(scope)?.[1];
    if (name !== undefined) repositories.add(name);
  }
  const [repository] = repositories;
  return repository !== undefined && repositories.size === 1 ? `${host}/${repository}` : host;
}
