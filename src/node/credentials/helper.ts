import { type ExecFileException, execFile } from 'node:child_process';
import { access, constants, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { CredentialsError } from '../../errors.ts';
import { readJson } from '../../json/json.ts';
import type { AbortOptions } from '../../options.ts';
import type { Credential } from '../../remote/auth/credentials.ts';
import { nameOf } from '../system/system-errors.ts';
import type { HelperUse } from './config.ts';
import { helperAnswer } from './json.ts';
import type { Environment } from './locations.ts';

/** The user name that marks the secret as an identity token. */
const tokenUsername = '<token>';
/** A helper's message for a missing credential; the protocol defines these exact words. */
const notFound = 'credentials not found in native keychain';
const largestAnswer = 1024 * 1024;

/** How to run helpers. */
export interface HelperSettings {
  /** Their environment variables; they are looked up in its `PATH`. */
  environment: Environment;
  /** Timeout in milliseconds. */
  timeout: number;
}

/**
 * Gets a credential from a helper, undefined when it has none.
 *
 * @throws CredentialsError when the helper is missing, fails, times out or prints something else
 */
export async function getFromHelper(
  { name, server }: HelperUse,
  settings: HelperSettings,
  options: AbortOptions = {},
): Promise<Credential | undefined> {
  const what = `get the credentials of ${server}`;
  const output = await runHelper(name, 'get', server, what, settings, options);
  if (output === undefined) return undefined;
  const { value } = readJson(output, helperAnswer);
  if (!value) throw failure(name, what, 'its answer has no Username and Secret');
  const { Username: username, Secret: secret } = value;
  if (username === tokenUsername) return { identityToken: secret };
  return username === '' && secret === '' ? undefined : { username, password: secret };
}

/**
 * Stores a credential in a helper.
 *
 * @throws CredentialsError when the helper is missing, fails or times out
 */
export async function storeInHelper(
  { name, server }: HelperUse,
  credential: Exclude<Credential, { token: string }>,
  settings: HelperSettings,
  options: AbortOptions = {},
): Promise<void> {
  const isToken = 'identityToken' in credential;
  const input = JSON.stringify({
    ServerURL: server,
    Username: isToken ? tokenUsername : credential.username,
    Secret: isToken ? credential.identityToken : credential.password,
  });
  await runHelper(name, 'store', input, `store the credentials of ${server}`, settings, options);
}

/**
 * Erases a credential from a helper. Returns false if the helper reports that it had none; most helpers do not report
 * it.
 *
 * @throws CredentialsError when the helper is missing, fails or times out
 */
export async function eraseFromHelper(
  { name, server }: HelperUse,
  settings: HelperSettings,
  options: AbortOptions = {},
): Promise<boolean> {
  const what = `erase the credentials of ${server}`;
  return (await runHelper(name, 'erase', server, what, settings, options)) !== undefined;
}

/**
 * Runs a helper and returns its output; undefined when it reports a missing credential. Errors never contain the
 * output, as it may be secret.
 */
async function runHelper(
  name: string,
  action: string,
  input: string,
  what: string,
  { environment, timeout }: HelperSettings,
  { signal }: AbortOptions,
): Promise<string | undefined> {
  signal?.throwIfAborted();
  try {
    const program = await programOf(name, what, environment);
    return await new Promise((resolve, reject) => {
      const run = { env: environment, timeout, killSignal: 'SIGKILL', maxBuffer: largestAnswer } as const;
      const done = (error: ExecFileException | null, output: string): void => {
        if (!error) resolve(output);
        else if (typeof error.code === 'number' && output.trim() === notFound) resolve(undefined);
        else reject(failure(name, what, reasonOf(error, timeout)));
      };
      // No shell: the name is never interpreted.
      const child = execFile(program, [action], { ...run, ...(signal && { signal }), windowsHide: true }, done);
      // A helper that exits without reading its input breaks the pipe; its exit status is the better error.
      child.stdin?.on('error', () => {});
      child.stdin?.end(input);
    });
  } catch (error) {
    signal?.throwIfAborted();
    // A runtime may require a permission to read PATH or to start programs.
    throw error instanceof CredentialsError ? error : failure(name, what, `it could not be run (${nameOf(error)})`);
  }
}

function reasonOf(error: ExecFileException, timeout: number): string {
  const { code, killed, signal } = error;
  // Typed as null or a number, but for a system error it is the error's name.
  const status: unknown = code;
  if (typeof status === 'number') return `it ended with status ${status}`;
  if (status === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') return 'it printed more than a credential';
  if (killed) return `it took longer than ${timeout} ms`;
  return signal ? `it was ended by ${signal}` : `it could not be run (${nameOf(error)})`;
}

/**
 * The path of a helper's program, searched only in the absolute directories of `PATH`. The system would also search the
 * working directory, on Windows even first.
 */
async function programOf(name: string, what: string, environment: Environment): Promise<string> {
  // Not batch files: a shell runs them.
  if (!/^[A-Za-z0-9._-]+$/.test(name) || /\.(?:bat|cmd)$/i.test(name)) {
    throw failure(name, what, 'helpers have names of letters, digits and . _ -');
  }
  const isWindows = process.platform === 'win32';
  const file = `docker-credential-${name}${isWindows && !/\.exe$/i.test(name) ? '.exe' : ''}`;
  for (const directory of (environment.PATH ?? environment.Path ?? '').split(delimiter)) {
    if (!isAbsolute(directory)) continue;
    const path = join(directory, file);
    if (await isProgram(path)) return path;
  }
  throw failure(name, what, 'it is in no directory of PATH');
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

function failure(name: string, what: string, why: string): CredentialsError {
  const program = `docker-credential-${name}`;
  return new CredentialsError(`Cannot ${what} with ${JSON.stringify(program)}: ${why}`, program);
}
