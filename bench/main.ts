/** Measures one big file through the SDK and through curl, against the same registry in a process of its own. */
import { spawn } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'oras-js';
import { type Measured, measure } from './measure.ts';

const mebibytes = Number(process.env.ORAS_BENCH_MIB ?? 1024);
const program = (name: string): string => join(import.meta.dirname, `${name}.js`);
const reference = (host: string): string => `${host}/bench/file:v1`;

/** Writes a file of bytes that neither compress nor repeat. */
async function writeNoise(path: string): Promise<void> {
  const file = createWriteStream(path);
  const mebibyte = new Uint8Array(1024 * 1024);
  for (let i = 0; i < mebibytes; i++) {
    if (!file.write(randomFillSync(mebibyte.slice()))) await once(file, 'drain');
  }
  file.end();
  await once(file, 'finish');
}

/** What the SDK is compared with: the same bytes over the same wire, with nothing verified by the client. */
async function curlPush(host: string, file: string): Promise<Measured> {
  const started = await fetch(`http://${host}/v2/bench/curl/blobs/uploads/`, { method: 'POST' });
  const location = new URL(started.headers.get('location') ?? '', started.url).href;
  const type = 'content-type: application/octet-stream';
  return measure('curl', ['-sfS', '-X', 'PATCH', '-H', type, '-H', 'expect:', '-T', file, location]);
}

async function curlPull(host: string, file: string): Promise<Measured> {
  const { manifest } = await new Registry().manifest(reference(host));
  return measure('curl', ['-sfS', '-o', file, `http://${host}/v2/bench/file/blobs/${manifest.layers[0]?.digest}`]);
}

function print(name: string, { seconds, peakRss }: Measured, wire?: Measured): void {
  const rate = `${Math.round((mebibytes * 1.048576) / seconds)} MB/s`;
  const memory = peakRss === undefined ? '' : `  peak RSS ${peakRss} MB`;
  const ratio = wire ? `  ${(seconds / wire.seconds).toFixed(2)} × the time of curl` : '';
  console.log(`${name.padEnd(14)}${seconds.toFixed(2).padStart(7)} s${rate.padStart(11)}${memory}${ratio}`);
}

const folder = await mkdtemp(join(tmpdir(), 'oras-js-bench-'));
const registry = spawn(process.execPath, [program('registry'), join(folder, 'registry')], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
try {
  const host = String((await once(registry.stdout, 'data'))[0]).trim();
  const file = join(folder, 'file.bin');
  await writeNoise(file);
  console.log(`One file of ${mebibytes} MiB, the embedded registry on disk, Node ${process.version}`);
  const transfer = (...args: string[]): Promise<Measured> => measure(process.execPath, [program('transfer'), ...args]);
  const { peakRss } = await transfer('nothing');
  console.log(`oras-js imported, nothing done: peak RSS ${peakRss} MB`);
  const wirePush = await curlPush(host, file);
  print('curl push', wirePush);
  print('oras-js push', await transfer('push', reference(host), file), wirePush);
  const wirePull = await curlPull(host, join(folder, 'curl.bin'));
  print('curl pull', wirePull);
  print('oras-js pull', await transfer('pull', reference(host), join(folder, 'pulled')), wirePull);
} finally {
  registry.kill();
  await rm(folder, { recursive: true, force: true });
}
