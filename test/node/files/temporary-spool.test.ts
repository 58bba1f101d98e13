import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { temporarySpool } from '../../../src/node/files/temporary-spool.ts';
import { spoolCases } from '../../contracts/spool.ts';
import { endlessStream, rejection, streamOfTexts } from '../../support/content.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'oras-js-spool-'));
  vi.stubEnv('TMPDIR', directory);
  vi.stubEnv('TEMP', directory);
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(directory, { recursive: true, force: true });
});

describe('temporarySpool', () => {
  test.for(spoolCases)('$name', ({ run }) => run(temporarySpool, async () => readdirSync(directory).length));

  test('is a hidden file in the directory for temporary ones, which only its user can read', async () => {
    const { dispose } = await temporarySpool(streamOfTexts('hello'));
    const [name = '', ...others] = readdirSync(directory);
    expect(others).toEqual([]);
    expect(name).toMatch(/^\.oras-js-[0-9a-f]{24}\.spool$/);
    expect(statSync(join(directory, name)).mode & 0o777).toBe(0o600);
    await dispose();
  });

  test('a stream is written as it comes', async () => {
    const size = 100_000_000;
    let [left, ahead] = [size, 0];
    const stream = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          const [name] = readdirSync(directory);
          const written = name === undefined ? 0 : statSync(join(directory, name)).size;
          ahead = Math.max(ahead, size - left - written);
          const chunk = new Uint8Array(Math.min(left, 1_000_000));
          left -= chunk.byteLength;
          if (chunk.byteLength > 0) controller.enqueue(chunk);
          else controller.close();
        },
      },
      { highWaterMark: 0 },
    );
    const { content, dispose } = await temporarySpool(stream);
    expect(content.size).toBe(size);
    expect(ahead).toBeLessThan(8_000_000);
    await dispose();
  });

  test('a directory that is not there is a FileError, and the stream is cancelled', async () => {
    vi.stubEnv('TMPDIR', join(directory, 'none'));
    vi.stubEnv('TEMP', join(directory, 'none'));
    const { stream, cancelled } = endlessStream();
    const error = await rejection(temporarySpool(stream));
    expect(error).toMatchObject({ code: 'FILE', errno: 'ENOENT' });
    expect(await cancelled).toBe(error);
  });
});
