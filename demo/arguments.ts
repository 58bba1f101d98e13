import { parseArgs } from 'node:util';

/** What the command line asks for. */
export interface Arguments {
  /** Port of the page. */
  port: number;
  /** Port of the registry. */
  registryPort: number;
  /** Directory of the registry; without one it is temporary. */
  storage: string | undefined;
  /** Ends after the round trip. */
  once: boolean;
}

export const usage = `Usage: npm start -- [options]

  --port N            port of the page (default 8080; another one when it is taken)
  --registry-port N   port of the registry (default 5000; another one when it is taken)
  --storage DIR       keep the registry's content there (default: a temporary directory)
  --once              push, inspect and pull the sample, then end
  --help              show this text
`;

/**
 * Reads the command line; undefined when it asks for help.
 *
 * @throws TypeError when it is wrong
 */
export function readArguments(args: string[]): Arguments | undefined {
  const { values } = parseArgs({
    args,
    options: {
      port: { type: 'string', default: '8080' },
      'registry-port': { type: 'string', default: '5000' },
      storage: { type: 'string' },
      once: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  return {
    port: portOf(values.port, '--port'),
    registryPort: portOf(values['registry-port'], '--registry-port'),
    storage: values.storage,
    once: values.once,
  };
}

/**
 * The port that an option names.
 *
 * @throws TypeError when it is none
 */
export function portOf(text: string, option: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65535)
    throw new TypeError(`${option} needs a number from 0 to 65535, not ${text}`);
  return port;
}
