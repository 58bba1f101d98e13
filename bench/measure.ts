import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** What one run of a program took. */
export interface Measured {
  /** Wall-clock seconds, its start included. */
  seconds: number;
  /** Largest resident memory in MB (10^6 bytes), of programs that end with {@link reportMemory}. */
  peakRss: number | undefined;
}

/** Runs a program to its end and measures it. */
export async function measure(command: string, args: string[]): Promise<Measured> {
  const started = performance.now();
  const { stdout } = await promisify(execFile)(command, args);
  const seconds = (performance.now() - started) / 1000;
  const [, kibibytes] = /peak (\d+) KiB/.exec(stdout) ?? [];
  return { seconds, peakRss: kibibytes === undefined ? undefined : Math.round((Number(kibibytes) * 1024) / 1e6) };
}

/** Prints what the kernel counted as the largest resident memory of this process. */
export function reportMemory(): void {
  console.log(`peak ${process.resourceUsage().maxRSS} KiB`);
}
