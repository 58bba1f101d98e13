import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { portOf } from './arguments.ts';

/** What the command line asks for. */
export interface RegistryArguments {
  /** Port to listen on. */
  port: number;
  /** Address to listen on. */
  host: string;
  /** Directory of the content; without one it is in memory. */
  storage: string | undefined;
  /** The one user, with its password; without one everybody may do everything. */
  user: { name: string; password: string } | undefined;
  /** Whether anything can be deleted. */
  deletion: boolean;
  /** Origins of the pages that may use it. */
  origins: string[];
}

export const usage = `Usage: npm run registry -- [options]

  --port N            port of the registry (default 5000; 0 for any that is free)
  --host ADDRESS      address to listen on (default 127.0.0.1: this machine only)
  --storage DIR       keep the content there; one registry at a time (default: memory, until it ends)
  --user NAME         ask for this name and a password, for everything;
                      the password comes from REGISTRY_PASSWORD in the environment, or with
  --password-stdin    from standard input
  --no-delete         delete nothing, tags included
  --cors ORIGIN       let pages of this origin use it, such as http://localhost:8080; may be repeated
                      (default: none, as any page you open could write to the registry otherwise)
  --help              show this text
`;

/**
 * Reads the command line; undefined when it asks for help.
 *
 * @throws TypeError when it is wrong
 */
export async function readRegistryArguments(args: string[]): Promise<RegistryArguments | undefined> {
  const { values } = parseArgs({
    args,
    options: {
      port: { type: 'string', default: '5000' },
      host: { type: 'string', default: '127.0.0.1' },
      storage: { type: 'string' },
      user: { type: 'string' },
      'password-stdin': { type: 'boolean', default: false },
      'no-delete': { type: 'boolean', default: false },
      cors: { type: 'string', multiple: true, default: [] },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  if (values.host === '') throw new TypeError('--host needs an address');
  if (values.storage === '') throw new TypeError('--storage needs a directory');
  return {
    port: portOf(values.port, '--port'),
    host: values.host,
    storage: values.storage,
    deletion: !values['no-delete'],
    origins: values.cors.map(originOf),
    user: await userOf(values.user, values['password-stdin']),
  };
}

function originOf(text: string): string {
  if (URL.canParse(text) && new URL(text).origin === text) return text;
  throw new TypeError(`--cors needs an origin such as https://example.com, not ${text}`);
}

async function userOf(name: string | undefined, fromInput: boolean): Promise<RegistryArguments['user']> {
  if (name === undefined) {
    if (fromInput) throw new TypeError('--password-stdin needs --user');
    return undefined;
  }
  if (name === '' || name.includes(':')) throw new TypeError('--user needs a name without a colon');
  // The line's end is not part of it.
  const password = fromInput ? (await text(process.stdin)).replace(/\r?\n$/, '') : process.env.REGISTRY_PASSWORD;
  if (!password) throw new TypeError('--user needs a password, in REGISTRY_PASSWORD or with --password-stdin');
  return { name, password };
}
