import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { bundle } from '../../support/bundle.ts';

/** A registry in a process of its own. */
export interface KillableRegistry {
  /** Host and port. */
  host: string;
  /** What it said of requests that it answered with 500. */
  errors(): string;
  /** Ends it at once, as a loss of power would; it gets no chance to tidy up. */
  kill(): Promise<void>;
}

/** Makes one file of the registry's sources, so that no build is needed, and gives its path. */
export function bundleServer(folder: string): Promise<string> {
  return bundle(join(import.meta.dirname, 'server.ts'), folder);
}

/** Starts the bundled registry on a directory, and waits until it listens. */
export async function startServer(program: string, ...args: string[]): Promise<KillableRegistry> {
  const child: ChildProcess = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const abandon = (): void => void child.kill('SIGKILL');
  process.once('exit', abandon);
  const ended = once(child, 'close').finally(() => process.off('exit', abandon));
  let errors = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const [line] = await Promise.race([once(child.stdout!, 'data'), ended.then(() => [''])]);
  const host = String(line).trim();
  if (host === '') throw new Error(`The registry did not start: ${errors}`);
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  return { host, errors: () => errors, kill };
}
