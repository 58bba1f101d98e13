import { dockerHub } from '../../oci/docker-hub.ts';

/** What is particular about a registry, and cannot be found out by asking it. */
export interface HostRules {
  /** Origins of its token service, when that is on another host. */
  realms?: readonly string[];
  /** Its `WWW-Authenticate` challenge, for pages that cannot read it. */
  challenge?: string;
  /** Most tags it gives per request; it refuses to be asked for more. */
  maxPageSize?: number;
  /** Most bytes it takes per request when content is uploaded in chunks. */
  maxChunkSize?: number;
}

/** Rules by host; a key that begins with `*.` stands for all hosts below. */
const known: Record<string, HostRules> = {
  // Its challenge as it sends it.
  [dockerHub.host]: {
    realms: ['https://auth.docker.io'],
    challenge: 'Bearer realm="https://auth.docker.io/token",service="registry.docker.io"',
  },
  'ghcr.io': {
    // As it sends it.
    challenge: 'Bearer realm="https://ghcr.io/token",service="ghcr.io"',
    // A larger PATCH is answered with 416 and the words that its body is larger than 4.00MiB (rust-oci-client, issue 37).
    maxChunkSize: 4 * 1024 * 1024,
  },
  // Its challenge as it sends it.
  'registry.gitlab.com': {
    realms: ['https://gitlab.com'],
    challenge: 'Bearer realm="https://gitlab.com/jwt/auth",service="container_registry"',
  },
  // go-containerregistry's limit for it (pull request 1091).
  '*.amazonaws.com': { maxPageSize: 1000 },
};

/** The rules for a host as in a reference: the caller's own before the known ones, field by field. */
export function rulesFor(host: string, own: Readonly<Record<string, HostRules>> = {}): HostRules {
  return { ...find(known, host), ...find(own, host) };
}

function find(rules: Readonly<Record<string, HostRules>>, host: string): HostRules | undefined {
  if (Object.hasOwn(rules, host)) return rules[host];
  const pattern = Object.keys(rules).find((key) => key.startsWith('*.') && host.endsWith(key.slice(1)));
  return pattern === undefined ? undefined : rules[pattern];
}
