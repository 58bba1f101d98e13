import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OciLayout, push, Registry } from 'oras-js';
import { DirectoryStorage } from 'oras-js/node';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Descriptor } from '../../../src/types.ts';
import { type SpooledPush, spooledPushCases } from '../../contracts/spooled-push.ts';
import { streamOfTexts, textOf } from '../../support/content.ts';

let folder: string;
let spool: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'oras-js-spooled-'));
  spool = mkdtempSync(join(folder, 'tmp-'));
  vi.stubEnv('TMPDIR', spool);
  vi.stubEnv('TEMP', spool);
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

const ways: readonly (readonly [string, SpooledPush['push']])[] = [
  [
    'push',
    async (target, content, signal) => {
      const { manifest } = await push(target, undefined, [{ name: 'a', content }], { signal });
      return manifest.layers[0] as Descriptor;
    },
  ],
  [
    'Registry.pushFile',
    (target, content, signal) => new Registry().pushFile(target, { name: 'a', content }, { signal }),
  ],
];

describe.for(ways)('%s of a stream to a target without begin', ([, pushStream]) => {
  test.for(spooledPushCases)('$name', ({ run }) =>
    run({ push: pushStream, count: async () => readdirSync(spool).length }),
  );
});

test('push: 100 MB go to a temporary file as they come, and from there to the layout', async () => {
  const size = 100_000_000;
  const hash = createHash('sha256');
  let [given, ahead] = [0, 0];
  const content = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const [name] = readdirSync(spool);
        const written = name === undefined ? 0 : statSync(join(spool, name)).size;
        ahead = Math.max(ahead, given - written);
        const chunk = new Uint8Array(Math.min(size - given, 1_000_000)).fill(given / 1_000_000);
        hash.update(chunk);
        given += chunk.byteLength;
        if (chunk.byteLength > 0) controller.enqueue(chunk);
        else controller.close();
      },
    },
    { highWaterMark: 0 },
  );
  const layout = new OciLayout(new DirectoryStorage(join(folder, 'layout')));
  const { manifest } = await push(layout, 'v1', [{ name: 'a', content }]);
  const digest = `sha256:${hash.digest('hex')}`;
  expect(manifest.layers[0]).toMatchObject({ size, digest });
  expect(ahead).toBeLessThan(8_000_000);
  const stored = createHash('sha256');
  const reader = (await layout.fetch(manifest.layers[0] as Descriptor)).getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) stored.update(next.value);
  expect(`sha256:${stored.digest('hex')}`).toBe(digest);
  expect(readdirSync(spool)).toEqual([]);
});

test('push: a spool of the options is used instead', async () => {
  const seen: string[] = [];
  const layout = new OciLayout(new DirectoryStorage(join(folder, 'layout')));
  const { manifest } = await push(layout, 'v1', [{ name: 'a', content: streamOfTexts('hello') }], {
    spool: async (stream) => {
      const text = await textOf(stream);
      seen.push(text, ...readdirSync(spool));
      return { content: new Blob([text]), dispose: async () => void seen.push('disposed') };
    },
  });
  expect(await textOf(await layout.fetch(manifest.layers[0] as Descriptor))).toBe('hello');
  expect(seen).toEqual(['hello', 'disposed']);
});
