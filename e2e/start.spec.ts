import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect, test } from 'playwright/test';
import { root } from './processes.ts';

test('npm start: builds, makes the round trip and ends with 0', async () => {
  // It takes as long as a whole build does.
  test.setTimeout(900_000);
  const args = ['start', '--', '--once', '--port', '0', '--registry-port', '0'];
  const child = spawn('npm', args, {
    cwd: root,
    shell: process.platform === 'win32',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'close')]);
  expect(code).toBe(0);
  expect(output).toMatch(/^Pulled {4}3 files, every byte as it was pushed$/m);
});
