import { readFileSync } from 'node:fs';
import { megabytes } from './measure.ts';

/** Largest resident memory of a running process so far, in MB; undefined where the system does not tell. */
export function peakRssOf(pid: number): number | undefined {
  if (process.platform !== 'linux') return undefined;
  const [, kibibytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return kibibytes === undefined ? undefined : megabytes(Number(kibibytes));
}
