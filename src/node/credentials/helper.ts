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

/** The user name that stands for "the secret is an identity token". */
const tokenUsername = '<token>';
/** What a helper prints when it has nothing; the exact words are the protocol. */
const notFound = 'credentials not found in native keychain';
const largestAnswer = 1024 * 1024;

/** How helpers are run. */
export interface HelperSettings {
  /** Their variables; `PATH` is where they are looked for. */
  environment: Environment;
  /** How long one may take, in milliseconds. */
  timeout: number;
}

/**
 * The credential a helper has, undefined when it has none.
 *
 * @throws CredentialsError when the helper is missing, fails, takes too long or gives no such answer
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
 * Leaves a credential with a helper.
 *
 * @throws CredentialsError when the helper is missing, fails or takes too long
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
 * Has a helper forget a credential. It is false when it says that it has none; most do not say.
 *
 * @throws CredentialsError when the helper is missing, fails or takes too long
 */
export async function eraseFromHelper(
  { name, server }: HelperUse,
  settings: HelperSettings,
  options: AbortOptions = {},
): Promise<boolean> {
  const what = `erase the credentials of ${server}`;
  return (await runHelper(name, 'erase', server, what, settings, options)) !== undefined;
}

/** What a helper prints; undefined when it says that it has nothing. What it prints may be secret: no error has it. */
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
      // No shell ever sees the name.
      const child = execFile(program, [action], { ...run, ...(signal && { signal }), windowsHide: true }, done);
      // A helper that ends without reading breaks the pipe; how it ended says more.
      child.stdin?.on('error', () => {});
      child.stdin?.end(input);
    });
  } catch (error) {
    signal?.throwIfAborted();
    // A runtime may want a permission to read PATH or to start programs.
    throw error instanceof CredentialsError ? error : failure(name, what, `it could not be run (${nameOf(error)})`);
  }
}

function reasonOf(error: ExecFileException, timeout: number): string {
  const { code, killed, signal } = error;
  // The type says null or a number; a system error has its name there.
  const status: unknown = code;
  if (typeof status === 'number') return `it ended with status ${status}`;
  if (status === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') return 'it printed more than a credential';
  if (killed) return `it took longer than ${timeout} ms`;
  return signal ? `it was ended by ${signal}` : `it could not be run (${nameOf(error)})`;
}

/**
 * The program of a helper. It is looked for here, in the absolute directories of `PATH` only: the system would also
 * take one from the working directory, on Windows even first.
 */
async function programOf(name: string, what: string, environment: Environment): Promise<string> {
  // Batch files are run by a shell.
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
