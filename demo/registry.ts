/** A registry from the command line: `npm run registry`. */
import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { StorageAdapter } from 'oras-js';
import { DirectoryStorage, type RunningServer, serve } from 'oras-js/node';
import { createRegistryServer } from 'oras-js/server';
import { Failure, interrupted, statusOf } from './program.ts';
import { type RegistryArguments, readRegistryArguments, usage } from './registry-arguments.ts';

const say = (line: string): void => console.log(line);
const warn = (line: string): void => console.error(`Warning: ${line}`);

async function run(args: RegistryArguments): Promise<void> {
  const ending = interrupted();
  const { port, host, user, deletion, origins } = args;
  const handler = createRegistryServer({
    storage: await storageOf(args),
    deletion,
    cors: origins.length > 0 && { origins },
    onError: (error) => console.error('The registry failed:', error),
    ...(user && { auth: { scheme: 'basic', users: { [user.name]: user.password } } }),
  });
  const registry = await serve(handler, { port, host }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') throw error;
    throw new Failure(`${error.message}. Choose another with --port N, or any that is free with --port 0.`);
  });
  describe(registry, args);
  await ending;
  await registry.close();
}

async function storageOf({ storage }: RegistryArguments): Promise<StorageAdapter | undefined> {
  if (storage === undefined) return undefined;
  // At once, and not when somebody has sent the first blob.
  await mkdir(storage, { recursive: true }).catch((cause: Error) => {
    throw new Failure(`Nothing can be stored in ${storage}: ${cause.message}`, { cause });
  });
  return new DirectoryStorage(storage);
}

/** Says where it is, what it does, and how to push to it. */
function describe({ url, host: address }: RunningServer, args: RegistryArguments): void {
  const { storage, user, deletion, origins, host } = args;
  const content = storage === undefined ? 'in memory, 2 GiB at most, until it ends' : `in ${resolve(storage)}`;
  const isLocal = /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/.test(host);
  if (!isLocal && !user) warn(`everybody who reaches ${address} can read and write everything. Use --user.`);
  if (!isLocal && user) warn('passwords travel unencrypted: put something that does TLS in front of it.');
  say(`Registry  ${url}`);
  say(`Content   ${content}`);
  say(`Users     ${user ? `${user.name}, with the password` : 'everybody, without a password'}`);
  say(`Pages     ${origins.length > 0 ? origins.join(', ') : 'none (--cors ORIGIN lets some use it)'}`);
  if (!deletion) say('Deletion  off');
  say('');
  say('Push to it with oras:');
  if (user) say(`  oras login --plain-http -u ${user.name} ${address}`);
  say(`  oras push --plain-http ${address}/hello:v1 README.md`);
  say('or with this package:');
  const options = [
    ...(isLocal ? [] : ['plainHttp: true']),
    ...(user ? [`credentials: { username: ${JSON.stringify(user.name)}, password }`] : []),
  ].join(', ');
  say(`  await new Registry(${options && `{ ${options} }`}).push('${address}/hello:v1', ['README.md']);`);
  say('');
  say('Ctrl-C ends it.');
}

process.exitCode = await statusOf({
  failure: 'The registry failed',
  usage,
  read: readRegistryArguments,
  run,
});
