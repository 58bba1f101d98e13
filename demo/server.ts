import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DirectoryStorage, serve } from 'oras-js/node';
import { createRegistryServer } from 'oras-js/server';
import { type Arguments, readArguments, usage } from './arguments.ts';
import { pageHandler } from './page.ts';
import { interrupted, statusOf } from './program.ts';
import { roundTrip } from './round-trip.ts';

const say = (line: string): void => console.log(line);

/** What must be ended, last begun first. */
const endings: (() => Promise<void>)[] = [];

async function run({ port, registryPort, storage, once }: Arguments): Promise<void> {
  const ending = interrupted();
  const folder = storage ?? (await temporaryFolder());
  // The page comes first: only its origin may use the registry, and it is known once its port is.
  const config = { registry: '', sample: '' };
  const page = await serve(await pageHandler(join(import.meta.dirname, 'page'), () => config), {
    port,
    anyPortIfTaken: true,
  });
  endings.push(() => page.close());
  const handler = createRegistryServer({
    storage: new DirectoryStorage(folder),
    onError: (error) => console.error('The registry failed:', error),
    cors: { origins: [page.url, `http://localhost:${page.port}`] },
  });
  const registry = await serve(handler, { port: registryPort, anyPortIfTaken: true });
  endings.push(() => registry.close());
  config.registry = registry.host;
  config.sample = `${config.registry}/demo/sample:v1`;

  sayIfTaken('registry', registryPort, registry.port);
  say(`Registry  ${registry.url} in ${storage ?? 'a temporary directory'}`);
  await Promise.race([roundTrip(config.sample, say), ending]);
  if (once) return;
  sayIfTaken('page', port, page.port);
  say('');
  say(`Page      ${page.url}/`);
  say(`Sample    ${page.url}/?ref=${encodeURIComponent(config.sample)}`);
  say('Ctrl-C ends both.');
  await ending;
}

async function runAndEnd(args: Arguments): Promise<void> {
  try {
    await run(args);
  } finally {
    for (const end of endings.reverse()) await end();
  }
}

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'oras-js-demo-'));
  endings.push(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

function sayIfTaken(what: string, wanted: number, got: number): void {
  if (wanted !== 0 && wanted !== got) say(`Port ${wanted} is in use; the ${what} is on port ${got}.`);
}

process.exitCode = await statusOf({ failure: 'The demo failed', usage, read: readArguments, run: runAndEnd });
