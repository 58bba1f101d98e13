import type { TestProject } from 'vitest/node';
import { authModes } from './auth-modes.ts';
import { findDockerRegistry } from './docker-registry.mjs';
import { startEmbeddedRegistry } from './embedded-registry.ts';
import { startGate } from './gate.ts';
import { findOlareg } from './olareg.mjs';
import { basicUser, startDockerRegistry, startOlareg } from './real-registries.ts';
import type { RegistryProcess } from './registry-process.ts';

/** Starts every registry there is, once for all tests, and tells the tests where they are. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const running: RegistryProcess[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(running.map((registry) => registry.close()));
  };
  const start = async (starting: Promise<RegistryProcess>): Promise<string> => {
    const registry = await starting;
    running.push(registry);
    return registry.host;
  };

  const dockerRegistry = findDockerRegistry();
  const olareg = findOlareg();
  const real = [
    { name: 'docker-registry', start: dockerRegistry && (() => startDockerRegistry(dockerRegistry, { auth: false })) },
    { name: 'olareg', start: olareg && (() => startOlareg(olareg)) },
  ];
  try {
    const registries = [{ name: 'embedded', host: await start(startEmbeddedRegistry()), cors: true }];
    const asking: Record<string, string> = {};
    for (const { name, auth } of authModes) asking[name] = await start(startEmbeddedRegistry(auth));
    project.provide('authRegistries', asking);
    const missing = [];
    for (const registry of real) {
      if (registry.start) registries.push({ name: registry.name, host: await start(registry.start()), cors: false });
      else missing.push({ name: registry.name, reason: 'not installed' });
    }
    // A port that no system gives away, that browsers do not refuse, and that nothing uses any more.
    project.provide('closedHost', '127.0.0.1:2');
    project.provide('gateHost', await start(startGate()));
    project.provide('registries', registries);
    project.provide('missingRegistries', missing);
    project.provide(
      'basicRegistry',
      dockerRegistry
        ? { host: await start(startDockerRegistry(dockerRegistry, { auth: true })), ...basicUser }
        : { missing: 'docker-registry', reason: 'not installed' },
    );
  } catch (error) {
    await close();
    throw error;
  }
  return close;
}
