import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileSet } from './file-set.ts';
import { type Measured, measure } from './measure.ts';
import type { Place, Program } from './program.ts';

/** As many at a time as this package. */
const parallel = ['--parallel', '--parallel-max', '3'];
const quiet = ['--no-progress-meter', '--fail', '--fail-early'];

/** curl, which computes no digest and verifies nothing: the limit of the wire. */
export function curl(executable: string): Program {
  return {
    name: 'curl',
    note: 'the limit of the wire: blobs only, POST and PUT with digests it is given, or GET; nothing is verified',
    notWhenThere: 'nothing would be sent',
    push: (files, place) => push(executable, files, place),
    async pull({ folder: source, files }, { host, repository }, folder) {
      const entries = files.map(({ name, digest }) => [
        `url = "http://${host}/v2/${repository}/blobs/${digest}"`,
        `output = "${join(folder, name)}"`,
      ]);
      return withConfig(source, entries, (config) => measure(executable, [...quiet, ...parallel, '--config', config]));
    },
  };
}

/** All sessions are opened first, by one curl, and then filled by another: each session takes whatever blob comes. */
async function push(executable: string, { folder, files }: FileSet, { host, repository }: Place): Promise<Measured> {
  const session = [
    `url = "http://${host}/v2/${repository}/blobs/uploads/"`,
    'request = "POST"',
    'write-out = "%header{location}\\n"',
  ];
  const opened = await withConfig(
    folder,
    files.map(() => session),
    (config) => measure(executable, [...quiet, ...parallel, '--config', config]),
  );
  const locations = opened.output.trim().split('\n');
  if (locations.length !== files.length) throw new Error('curl opened fewer uploads than there are files');
  const uploads = files.map(({ name, digest }, i) => [
    `url = "${closing(`http://${host}/`, locations[i] ?? '', digest)}"`,
    `upload-file = "${join(folder, name)}"`,
    'header = "content-type: application/octet-stream"',
    'header = "expect:"',
  ]);
  const filled = await withConfig(folder, uploads, (config) =>
    measure(executable, [...quiet, ...parallel, '--config', config]),
  );
  return {
    seconds: opened.seconds + filled.seconds,
    cpu: together(opened.cpu, filled.cpu, (a, b) => a + b),
    peakRss: together(opened.peakRss, filled.peakRss, Math.max),
  };
}

function together(
  a: number | undefined,
  b: number | undefined,
  combine: (a: number, b: number) => number,
): number | undefined {
  return a === undefined || b === undefined ? undefined : combine(a, b);
}

function closing(origin: string, location: string, digest: string): string {
  const url = new URL(location, origin);
  url.searchParams.set('digest', digest);
  return url.href;
}

/** Runs curl with a file of options, one group for each transfer. */
async function withConfig<T>(folder: string, entries: string[][], work: (path: string) => Promise<T>): Promise<T> {
  const path = `${folder}.curl`;
  await writeFile(path, entries.map((entry) => entry.join('\n')).join('\nnext\nno-progress-meter\nfail\n'));
  try {
    return await work(path);
  } finally {
    await rm(path);
  }
}
