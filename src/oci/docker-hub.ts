/** Docker Hub, which goes by several names. */
export const dockerHub = {
  /** The host of its references. */
  host: 'docker.io',
  /** The host that answers for it. */
  apiHost: 'registry-1.docker.io',
  /** All of its names, the one of references first. */
  hosts: ['docker.io', 'index.docker.io', 'registry-1.docker.io'],
} as const;

/** Tells whether a host is Docker Hub by one of its names. */
export function isDockerHub(host: string): boolean {
  return dockerHub.hosts.some((name) => name === host);
}
