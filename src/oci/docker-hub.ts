/** The hosts of Docker Hub. */
export const dockerHub = {
  /** The host in references. */
  host: 'docker.io',
  /** The host of its registry API. */
  apiHost: 'registry-1.docker.io',
  /** All host names, that of references first. */
  hosts: ['docker.io', 'index.docker.io', 'registry-1.docker.io'],
} as const;

/** Tells whether a host is one of Docker Hub's. */
export function isDockerHub(host: string): boolean {
  return dockerHub.hosts.some((name) => name === host);
}
