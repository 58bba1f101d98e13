import { usualRegistry } from './registries.ts';

/** What a run is about, from the environment. */
export interface Settings {
  /** Size of the big file in MiB: `ORAS_BENCH_MIB`. */
  mebibytes: number;
  /** The registry programs are compared against, or `all` to compare registries: `ORAS_BENCH_REGISTRY`. */
  registry: string;
  /** How often each is measured: `ORAS_BENCH_RUNS`. */
  runs: number;
  /** All that is measured: `ORAS_BENCH_ONLY`, `directories` or `copies`. Default: everything. */
  only: 'directories' | 'copies' | undefined;
  /** Size of a large directory in MiB, which is pulled, too; 0 for none: `ORAS_BENCH_DIRECTORY_MIB`. */
  directoryMebibytes: number;
}

/** Reads the settings.
 *
 * @throws RangeError when one of them makes no sense
 */
export function readSettings({ env } = process): Settings {
  return {
    mebibytes: wholeNumber('ORAS_BENCH_MIB', env.ORAS_BENCH_MIB ?? '1024'),
    registry: env.ORAS_BENCH_REGISTRY ?? usualRegistry,
    runs: wholeNumber('ORAS_BENCH_RUNS', env.ORAS_BENCH_RUNS ?? '3'),
    only: onlyOf(env.ORAS_BENCH_ONLY),
    directoryMebibytes: env.ORAS_BENCH_DIRECTORY_MIB
      ? wholeNumber('ORAS_BENCH_DIRECTORY_MIB', env.ORAS_BENCH_DIRECTORY_MIB)
      : 0,
  };
}

function wholeNumber(name: string, text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new RangeError(`${name} must be a whole number from 1`);
  return number;
}

function onlyOf(text: string | undefined): Settings['only'] {
  if (text === undefined || text === 'directories' || text === 'copies') return text;
  throw new RangeError('ORAS_BENCH_ONLY must be directories or copies');
}
