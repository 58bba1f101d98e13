import { expect, test } from 'vitest';
import { dockerHub, isDockerHub } from '../../src/oci/docker-hub.ts';
import { Reference } from '../../src/oci/reference.ts';

test.for(dockerHub.hosts)('Docker Hub by the name of %s is one registry, and is asked at one host', (host) => {
  expect(isDockerHub(host)).toBe(true);
  const { host: named, apiHost } = Reference.parse(`${host}/library/alpine:latest`);
  expect([named, apiHost]).toEqual([dockerHub.host, dockerHub.apiHost]);
});

test.for(['hub.docker.io', 'docker.io:443', 'docker.com', ''])('%j is not Docker Hub', (host) => {
  expect(isDockerHub(host)).toBe(false);
});
