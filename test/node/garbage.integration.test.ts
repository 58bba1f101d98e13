import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundle } from '../support/bundle.ts';
import { bombSize, codings } from './garbage/garbage.ts';
import type { Way } from './garbage/given-up.ts';
import type { Outcome, Task } from './garbage/program.ts';
import type { Work } from './garbage/work.ts';

let folder: string;
let program: string;
let givingUp: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'oras-js-garbage-'));
  program = await bundle(join(import.meta.dirname, 'garbage/program.ts'), folder);
  givingUp = await bundle(join(import.meta.dirname, 'garbage/given-up.ts'), folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a program in a process of its own, which an error that nothing catches would end. */
async function run<T>(file: string, task: unknown): Promise<T> {
  const child = spawn(process.execPath, [file, typeof task === 'string' ? task : JSON.stringify(task)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const abandon = (): void => void child.kill('SIGKILL');
  process.once('exit', abandon);
  const [output, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  process.off('exit', abandon);
  expect([code, errors]).toEqual([0, '']);
  return JSON.parse(output);
}

const kib = 1024;

describe('garbage', () => {
  test.for<Task>([
    { fetch: 'client', seed: 1, rounds: 16 },
    { fetch: 'createFetch', seed: 1001, rounds: 2 },
    { fetch: 'fetch', seed: 3001, rounds: 2 },
  ])('at every call over $fetch: a typed error or a result, a living process, little work', async (task) => {
    const { answers, codes, decoded, received, untyped } = await run<Outcome>(program, task);
    expect(untyped).toEqual([]);
    expect(answers).toBeGreaterThan(task.rounds * 20);
    expect(Object.keys(codes).length).toBeGreaterThan(3);
    // undici decodes what it was told to give up.
    if (task.fetch !== 'client') return;
    // All rounds together less than a single bomb, of which hundreds are sent.
    expect(decoded).toBeLessThan(bombSize);
    expect(received).toBeLessThan(300 * kib);
  });
});

describe('answers that are given up', () => {
  const ways: Way[] = ['cancelled', 'cancelled while it is read', 'aborted', 'a redirect', 'a challenge', 'a refusal'];
  const each = 2 * codings.length + 1;

  test.for(ways)('%s, with every coding: little is read and decoded, and the process lives', async (way) => {
    const { decoded, received } = await run<Work>(givingUp, way);
    // Of each what is read ahead; twice where the client asks again.
    const requests = way.startsWith('a ') ? 2 : 1;
    expect(decoded).toBeLessThan(each * requests * 64 * kib);
    expect(received).toBeLessThan(requests * 600 * kib);
  });
});
