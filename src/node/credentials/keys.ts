import { dockerHub, isDockerHub } from '../../oci/docker-hub.ts';

/** What docker keeps the credentials of Docker Hub under: an address of its old API. */
const dockerHubKey = 'https://index.docker.io/v1/';

/** What credentials of one registry or repository may be filed under; see {@link keysOf}. */
export interface CredentialKeys {
  /** Keys with a path, the longest first: `host/org/image`, `host/org`. Empty when a whole registry is meant. */
  paths: readonly string[];
  /** Keys of the registry itself, the one that is written first. */
  servers: readonly string[];
  /** The hosts that an old key, an address, may lead to. */
  hosts: readonly string[];
}

/**
 * The keys to look for, for `host`, `host/namespace` or `host/namespace/repository`. Paths are podman's
 * (containers-auth.json(5)); docker has credentials of whole registries only. Any other address is a key by itself.
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
 * The host of an old key: docker once filed under addresses, as in `https://registry.example.com/v1/`. Without a scheme
 * what follows the host is podman's path, which the whole host must not be given the credentials of; only `.dockercfg`
 * is older than that (`anyPath`).
 */
export function hostOfKey(key: string, anyPath: boolean): string | undefined {
  const address = /^https?:\/\/([^/]+)/.exec(key);
  if (address) return address[1];
  return anyPath ? key.split('/', 1)[0] : undefined;
}

/** What to look credentials up by for a request: the repository when the scopes name just one, or else the host. */
export function nameFor(host: string, scopes: readonly string[]): string {
  const repositories = new Set<string>();
  for (const scope of scopes) {
    const name = /^repository:(.+):[^:]*$/.exec(scope)?.[1];
    if (name !== undefined) repositories.add(name);
  }
  const [repository] = repositories;
  return repository !== undefined && repositories.size === 1 ? `${host}/${repository}` : host;
}
