import { type ChildProcess, execFile } from 'node:child_process';

/** What one run of a program took. */
export interface Measured {
  /** Wall-clock seconds, its start included. */
  seconds: number;
  /** Largest resident memory in MB (10^6 bytes), of programs that end with {@link reportMemory}. */
  peakRss: number | undefined;
}

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Runs a program to its end and measures it. It is ended with this process. */
export function measure(command: string, args: string[]): Promise<Measured> {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const child = execFile(command, args, (error, stdout) => {
      running.delete(child);
      if (error) return reject(error);
      const [, kibibytes] = /peak (\d+) KiB/.exec(stdout) ?? [];
      const peakRss = kibibytes === undefined ? undefined : megabytes(Number(kibibytes));
      resolve({ seconds: (performance.now() - started) / 1000, peakRss });
    });
    running.add(child);
  });
}

/** Kibibytes, in which systems count memory, in MB. */
export function megabytes(kibibytes: number): number {
  return Math.round((kibibytes * 1024) / 1e6);
}

/** Prints what the kernel counted as the largest resident memory of this process. */
export function reportMemory(): void {
  console.log(`peak ${process.resourceUsage().maxRSS} KiB`);
}
