import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type CredentialStore, type DockerCredentialsOptions, dockerCredentials } from 'oras-js/node';

/** A home directory of its own, and the variables of a program that runs there. */
export class Home {
  readonly path = mkdtempSync(join(tmpdir(), 'oras-js-credentials-'));
  readonly config = join(this.path, '.docker', 'config.json');
  readonly helpers = join(this.path, 'bin');
  readonly calls = join(this.path, 'calls');
  readonly environment: Record<string, string | undefined>;

  constructor() {
    this.environment = {
      HOME: this.path,
      XDG_RUNTIME_DIR: join(this.path, 'session'),
      PATH: `${this.helpers}:${process.env.PATH}`,
      CALLS: this.calls,
    };
  }

  /** Writes a file, below the home directory unless its path is absolute; a text is written as it is. */
  write(path: string, content: unknown): string {
    const file = path.startsWith('/') ? path : join(this.path, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
    return file;
  }

  /** Writes docker's config file. */
  writeConfig(content: unknown): void {
    this.write(this.config, content);
  }

  /** What docker's config file says. */
  readConfig(): Record<string, unknown> {
    return JSON.parse(readFileSync(this.config, 'utf8'));
  }

  /**
   * Writes the helper `docker-credential-<name>`: a shell script that has its input in `$input`, and notes each call as
   * `<name> <action> <input>`.
   */
  writeHelper(name: string, script: string): void {
    const head = `#!/bin/sh\ninput=$(cat)\nprintf '%s\\n' "${name} $1 $input" >>"$CALLS"\n`;
    chmodSync(this.write(join(this.helpers, `docker-credential-${name}`), head + script), 0o755);
  }

  /** The calls of helpers so far. */
  helperCalls(): string[] {
    try {
      return readFileSync(this.calls, 'utf8').trimEnd().split('\n');
    } catch {
      return [];
    }
  }

  /** A store that looks in here. */
  store(options: DockerCredentialsOptions = {}): CredentialStore {
    return dockerCredentials({ environment: this.environment, ...options });
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** The `auth` of an entry. */
export function basic(username: string, password: string): string {
  return Buffer.from(`${username}:${password}`).toString('base64');
}

/** An entry, and the credential in it, with a password that tells where it is from. */
export function entry(password: string): { auth: string } {
  return { auth: basic('user', password) };
}

/** The credential of an {@link entry}. */
export function credential(password: string): { username: string; password: string } {
  return { username: 'user', password };
}
