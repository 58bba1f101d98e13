import { type ChildProcess, execFile, spawnSync } from 'node:child_process';
import { findExecutable } from '../test/support/executables.mjs';

/** What one run of a program took. */
export interface Measured {
  /** Wall-clock seconds, its start included. */
  seconds: number;
  /** Seconds of processors, which other programs disturb less; undefined where nothing tells. */
  cpu: number | undefined;
  /** Largest resident memory in MB (10^6 bytes); undefined where nothing tells. */
  peakRss: number | undefined;
}

/** What a program is run with. */
export interface MeasureOptions {
  /** Its working directory. Default: that of this process. */
  cwd?: string;
}

const running = new Set<ChildProcess>();
process.once('exit', () => {
  // The whole group: the program is a child of what measures it.
  for (const { pid } of running) if (pid !== undefined) process.kill(-pid, 'SIGKILL');
});

/** Runs a program to its end, measures it, and gives what it said. It is ended with this process. */
export function measure(
  command: string,
  args: string[],
  { cwd }: MeasureOptions = {},
): Promise<Measured & { output: string }> {
  const [first, ...rest] = [...meter(), command, ...args] as [string, ...string[]];
  const started = performance.now();
  return new Promise((resolve, reject) => {
    // execFile hands on what spawn takes: a group of its own, which can be ended as a whole.
    const options = { maxBuffer: 64 * 1024 * 1024, detached: true, ...(cwd && { cwd }) };
    const child = execFile(first, rest, options, (error, output, errors) => {
      running.delete(child);
      if (error) return reject(error);
      const seconds = (performance.now() - started) / 1000;
      resolve({ seconds, output, ...told(errors) });
    });
    running.add(child);
  });
}

/** Kibibytes, in which systems count memory, in MB. */
export function megabytes(kibibytes: number): number {
  return Math.round((kibibytes * 1024) / 1e6);
}

/** What the meter said at the end. */
function told(errors: string): Omit<Measured, 'seconds'> {
  const [, user, system, kibibytes] = /meter ([\d.]+) ([\d.]+) (\d+)\s*$/.exec(errors) ?? [];
  if (kibibytes === undefined) return { cpu: undefined, peakRss: undefined };
  return { cpu: Number(user) + Number(system), peakRss: megabytes(Number(kibibytes)) };
}

const python = `
import resource, subprocess, sys
code = subprocess.call(sys.argv[1:])
used = resource.getrusage(resource.RUSAGE_CHILDREN)
peak = used.ru_maxrss // 1024 if sys.platform == 'darwin' else used.ru_maxrss
print('meter', used.ru_utime, used.ru_stime, peak, file=sys.stderr)
sys.exit(code)
`;

let found: string[] | undefined;

/**
 * What a program is run by so that the kernel's counts are told: GNU time, or else Python. Both are small: a child begins
 * with as much memory as its parent has, so that a child of this process would be counted too large.
 */
function meter(): string[] {
  found ??= [gnuTime(), pythonMeter(), []].find((candidate) => candidate !== undefined) ?? [];
  return found;
}

function gnuTime(): string[] | undefined {
  const time = findExecutable('time');
  const command = time === undefined ? undefined : [time, '-q', '-f', 'meter %U %S %M'];
  return command && works(command) ? command : undefined;
}

function pythonMeter(): string[] | undefined {
  const path = findExecutable('python3');
  const command = path === undefined ? undefined : [path, '-c', python];
  return command && works(command) ? command : undefined;
}

function works([command = '', ...args]: string[]): boolean {
  const { status, stderr } = spawnSync(command, [...args, process.execPath, '--version'], { encoding: 'utf8' });
  return status === 0 && told(stderr).peakRss !== undefined;
}
