import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** The number of a process that has ended. */
export async function exitedProcess(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  return child.pid ?? 0;
}
