import { join } from 'node:path';
import { findDockerRegistry } from '../test/support/docker-registry.mjs';
import { findOlareg } from '../test/support/olareg.mjs';
import { startDockerRegistry, startOlareg } from '../test/support/real-registries.ts';
import { type ChildRegistry, startRegistryProcess } from '../test/support/registry-process.ts';

/** A registry to measure with. */
export interface BenchRegistry {
  /** Its name. */
  name: string;
  /** Starts it with an empty directory; undefined when it is not installed. */
  start: (() => Promise<ChildRegistry>) | undefined;
}

/** The embedded registry, and those it is compared with; all keep their content in a directory. */
export function benchRegistries(): BenchRegistry[] {
  const program = join(import.meta.dirname, 'registry.js');
  const dockerRegistry = findDockerRegistry();
  const olareg = findOlareg();
  return [
    {
      name: 'embedded',
      start: () =>
        startRegistryProcess(process.execPath, (port, directory) => [program, String(port), join(directory, 'data')]),
    },
    {
      name: 'docker-registry',
      start: dockerRegistry ? () => startDockerRegistry(dockerRegistry, { auth: false }) : undefined,
    },
    { name: 'olareg', start: olareg ? () => startOlareg(olareg) : undefined },
  ];
}
