import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** Folder of the project. */
export const root: string = join(import.meta.dirname, '..');

/** What a process wrote and how it ended. */
export interface Ended {
  code: number | null;
  output: string;
  errors: string;
}

/** A process that was started, with what it has written so far. */
export class Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  output = '';
  errors = '';

  /** Starts a program of Node in the project's folder. */
  constructor(
    args: readonly string[],
    { input = '', env = {} }: { input?: string; env?: Record<string, string> } = {},
  ) {
    this.child = spawn(process.execPath, args, { cwd: root, env: { ...process.env, ...env } });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.output += text;
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.errors += text;
    });
    this.child.stdin?.end(input);
    this.ended = once(this.child, 'close').then(([code]) => ({ code, output: this.output, errors: this.errors }));
  }

  /** Waits until it has written what matches. */
  async wrote(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.output);
      if (match) return match;
      const more = once(this.child.stdout!, 'data').then(() => undefined);
      const end = await Promise.race([more, this.ended]);
      if (end && !pattern.test(this.output)) throw new Error(`It ended (${end.code}): ${end.output}${end.errors}`);
    }
  }

  /** Ends it with a signal, by its own id. */
  async end(signal: 'SIGTERM' | 'SIGINT' = 'SIGTERM'): Promise<Ended> {
    this.child.kill(signal);
    return this.ended;
  }
}
