import { MemoryStorage } from '../../src/index.node.ts';
import { serve } from '../../src/node.ts';
import { createRegistryServer } from '../../src/server.ts';
import type { AuthMode } from './auth-modes.ts';
import type { RegistryProcess } from './registry-process.ts';

/** Starts the project's own registry in this process, in memory. */
export async function startEmbeddedRegistry(auth?: AuthMode['auth']): Promise<RegistryProcess> {
  const handler = createRegistryServer({ storage: new MemoryStorage(), auth });
  return serve(handler, { port: 0, host: '127.0.0.1' });
}
