import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundle } from '../support/bundle.ts';
import { type ListeningServer, listen } from '../support/listen.ts';

let folder: string;
let program: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'oras-js-stream-'));
  program = await bundle(join(import.meta.dirname, 'stream-memory/streamer.ts'), folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A registry that says yes to everything and keeps nothing. */
async function startSink(): Promise<ListeningServer & { received: () => number }> {
  let received = 0;
  const server = createServer((request, response) => {
    const { method = '' } = request;
    const status = { POST: 202, PATCH: 202, PUT: 201 }[method] ?? 404;
    request.on('data', (data: Buffer) => {
      received += data.length;
    });
    request.on('end', () => response.writeHead(status, { location: '/v2/org/sink/blobs/uploads/1' }).end());
  });
  return { ...(await listen(server)), received: () => received };
}

const size = 400_000_000;

/** The same bytes as those of the program. */
function digestOfStream(): string {
  const hash = createHash('sha256');
  for (let left = size; left > 0; left -= 64 * 1024) {
    hash.update(new Uint8Array(Math.min(left, 64 * 1024)).fill(left & 0xff));
  }
  return `sha256:${hash.digest('hex')}`;
}

// Node counts nothing of what is in its own Blobs, so those of chunks that were sent would stay.
test.for([
  ['of unknown size: 400 MB take no more memory than a few chunks', [], 250_000_000],
  ['of known size: 400 MB take no more memory than a little', [digestOfStream()], 170_000_000],
] as const)('streams %s', async ([, digest, most]) => {
  const sink = await startSink();
  const child = spawn(process.execPath, [program, `${sink.host}/org/sink:v1`, `${size}`, ...digest], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data: Buffer) => {
      output += data;
    });
  }
  await once(child, 'close');
  await sink.close();
  expect(output).toMatch(/^\d+$/);
  expect(sink.received()).toBeGreaterThanOrEqual(size);
  expect(Number(output)).toBeLessThan(most);
});
