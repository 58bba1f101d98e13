import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import type { Outcome, Task } from './program.ts';

/** Runs the bundled program on a task, and gives what came of it. */
export async function runProgram(program: string, task: Task, env: Record<string, string> = {}): Promise<Outcome> {
  const child = spawn(process.execPath, ['--expose-gc', program, JSON.stringify(task)], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const abandon = (): void => void child.kill('SIGKILL');
  process.once('exit', abandon);
  const [output, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  process.off('exit', abandon);
  if (code !== 0) throw new Error(`The program ended with ${code}: ${errors.slice(-2000)}`);
  return JSON.parse(output);
}
