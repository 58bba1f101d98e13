import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** A directory that is both home and working directory of the programs that run in it. */
export class Sandbox {
  readonly #path = mkdtempSync(join(tmpdir(), 'oras-js-interop-'));

  /** The full path of what is in it. */
  path(name: string): string {
    return join(this.#path, name);
  }

  /** Writes a file. */
  write(name: string, content: string): void {
    writeFileSync(this.path(name), content);
  }

  /** What a program prints. It sees nothing of the settings of who runs the tests. Fails with what it says. */
  async run(executable: string, ...args: string[]): Promise<string> {
    const env = { HOME: this.#path, PATH: process.env.PATH };
    const { stdout } = await execute(executable, args, { cwd: this.#path, env });
    return stdout;
  }

  remove(): void {
    rmSync(this.#path, { recursive: true, force: true });
  }
}
