import { dockerHub } from '../../oci/docker-hub.ts';

/** Rules of a registry that a client cannot find out by asking it. */
export interface HostRules {
  /** Origins of its token service, when it is on another host. */
  realms?: readonly string[];
  /** Its `WWW-Authenticate` challenge, for web pages that cannot read it. */
  challenge?: string;
  /** Maximum page size of its tag list; it refuses larger ones. */
  maxPageSize?: number;
  /** Maximum chunk size of its uploads, in bytes. */
  maxChunkSize?: number;
  /**
   * How its referrers are found: with the referrers API, or under the referrers tag. Default: found out with the first
   * request for them.
   */
  referrers?: 'api' | 'tag';
}

/** Rules by host; a key that starts with `*.` matches all subdomains. */
const knownHosts: Record<string, HostRules> = {
  // Its challenge as it sends it.
  [dockerHub.host]: {
    realms: ['https://auth.docker.io'],
    challenge: 'Bearer realm="https://auth.docker.io/token",service="registry.docker.io"',
  },
  'ghcr.io': {
    // As it sends it.
    challenge: 'Bearer realm="https://ghcr.io/token",service="ghcr.io"',
    // A larger PATCH gets 416 with the message that its body is larger than 4.00MiB (rust-oci-client, issue 37).
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

/** The rules for a host as in a reference: the caller's own override the known ones, field by field. */
export function rulesFor(host: string, own: Readonly<Record<string, HostRules>> = {}): HostRules {
  return { ...find(knownHosts, host), ...find(own, host) };
}

function find(rules: Readonly<Record<string, HostRules>>, host: string): HostRules | undefined {
  if (Object.hasOwn(rules, host)) return rules[host];
  const pattern = Object.keys(rules).find((key) => key.startsWith('*.') && host.endsWith(key.slice(1)));
  return pattern === undefined ? undefined : rules[pattern];
}
