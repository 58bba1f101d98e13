import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A registry that runs in a process of its own. */
export interface RegistryProcess {
  /** Host and port. */
  host: string;
  /** Ends the process and removes what it stored. */
  close(): Promise<void>;
}

/** A registry that is a child of this process. */
export interface ChildRegistry extends RegistryProcess {
  /** Id of its process. */
  pid: number;
}

/**
 * Starts a registry on a free port of the loopback interface, with an empty directory of its own, and waits until it
 * answers. `prepare` writes what it needs into that directory and gives its arguments; `ask` is how it is asked whether
 * it is there, when that is not plain HTTP.
 */
export async function startRegistryProcess(
  executable: string,
  prepare: (port: number, directory: string) => string[],
  ask: (host: string, signal: AbortSignal) => Promise<Response> = askPlainly,
): Promise<ChildRegistry> {
  const port = await freePort();
  const directory = mkdtempSync(join(tmpdir(), 'oras-js-registry-'));
  const child = spawn(executable, prepare(port, directory), { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'close').catch(() => {});
  const output: string[] = [];
  child.stdout.on('data', (data: Buffer) => output.push(String(data)));
  child.stderr.on('data', (data: Buffer) => output.push(String(data)));
  child.on('error', (error) => output.push(error.message));

  // An interrupted run gets no teardown, only the process's own end.
  const abandon = (): void => {
    child.kill('SIGKILL');
    rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
  };
  process.once('exit', abandon);
  const close = async (): Promise<void> => {
    process.off('exit', abandon);
    child.kill('SIGTERM');
    const impatience = setTimeout(() => child.kill('SIGKILL'), 3000);
    await ended;
    clearTimeout(impatience);
    rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
  };

  const host = `127.0.0.1:${port}`;
  try {
    await untilReady(
      (signal) => ask(host, signal),
      () => child.exitCode !== null || child.pid === undefined,
    );
  } catch (error) {
    await close();
    throw new Error(`${executable} does not answer on ${host}: ${output.join('').slice(-2000)}`, { cause: error });
  }
  return { host, pid: child.pid!, close };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('the system gave no port');
  return address.port;
}

function askPlainly(host: string, signal: AbortSignal): Promise<Response> {
  return fetch(`http://${host}/v2/`, { signal });
}

async function untilReady(ask: (signal: AbortSignal) => Promise<Response>, hasEnded: () => boolean): Promise<void> {
  const deadline = Date.now() + 120_000;
  for (;;) {
    try {
      const response = await ask(AbortSignal.timeout(2000));
      await response.body?.cancel();
      if (response.status === 200 || response.status === 401) return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
    if (hasEnded() || Date.now() > deadline) throw new Error('it ended, or never became ready');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
