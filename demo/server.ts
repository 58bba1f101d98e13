import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DirectoryStorage, serve } from 'oras-js/node';
import { createRegistryServer } from 'oras-js/server';
import { type Arguments, readArguments, usage } from './arguments.ts';
import { pageHandler } from './page.ts';
import { roundTrip } from './round-trip.ts';

const say = (line: string): void => console.log(line);

/** What must be ended, last begun first. */
const endings: (() => Promise<void>)[] = [];

async function run({ port, registryPort, storage, once }: Arguments): Promise<void> {
  const interrupted = signalled();
  const folder = storage ?? (await temporaryFolder());
  // The page comes first: only its origin may use the registry, and it is known once its port is.
  const config = { registry: '', sample: '' };
  const page = await serve(
    pageHandler(import.meta.dirname, () => config),
    { port, anyPortIfTaken: true },
  );
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
  await Promise.race([roundTrip(config.sample, say), interrupted]);
  if (once) return;
  sayIfTaken('page', port, page.port);
  say('');
  say(`Page      ${page.url}/`);
  say(`Sample    ${page.url}/?ref=${encodeURIComponent(config.sample)}`);
  say('Ctrl-C ends both.');
  await interrupted;
}

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'oras-js-demo-'));
  endings.push(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

function sayIfTaken(what: string, wanted: number, got: number): void {
  if (wanted !== 0 && wanted !== got) say(`Port ${wanted} is in use; the ${what} is on port ${got}.`);
}

function signalled(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}

async function main(): Promise<number> {
  let args: Arguments | undefined;
  try {
    args = readArguments(process.argv.slice(2));
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${usage}`);
    return 2;
  }
  if (!args) {
    say(usage);
    return 0;
  }
  try {
    await run(args);
    return 0;
  } catch (error) {
    console.error(`The demo failed: ${error instanceof Error ? `${error.name}: ${error.message}` : error}`);
    return 1;
  } finally {
    for (const end of endings.reverse()) await end();
  }
}

process.exitCode = await main();
