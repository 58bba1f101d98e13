import { join } from 'node:path';
import { findDockerRegistry, installDockerRegistry } from '../test/support/docker-registry.mjs';
import { findOrInstall } from '../test/support/executables.mjs';
import { findOlareg } from '../test/support/olareg.mjs';
import { startDockerRegistry, startOlareg } from '../test/support/real-registries.ts';
import { type ChildRegistry, startRegistryProcess } from '../test/support/registry-process.ts';

/** What programs are compared against when nothing is said. */
export const usualRegistry = 'docker-registry';

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

/** The registry of a name. The usual one is installed when it is missing and can be, or else the embedded one is used.
 *
 * @throws Error when there is none of this name
 */
export function findRegistry(name: string): { name: string; start: () => Promise<ChildRegistry> } {
  const isUsual = name === usualRegistry;
  const { reason } = isUsual ? findOrInstall(name, findDockerRegistry, installDockerRegistry) : {};
  const start = benchRegistries().find((registry) => registry.name === name)?.start;
  if (start) return { name, start };
  if (!isUsual) throw new Error(`There is no registry ${name} to measure with`);
  console.log(`${name}: skipped, ${reason}`);
  return findRegistry('embedded');
}
