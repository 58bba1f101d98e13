import { expect, test, vi } from 'vitest';

/** Runs an example, and gives what it printed. */
async function printed(run: () => Promise<unknown>): Promise<string[]> {
  const lines: string[] = [];
  const log = vi.spyOn(console, 'log').mockImplementation((...values) => void lines.push(values.join(' ')));
  try {
    await run();
  } finally {
    log.mockRestore();
  }
  return lines;
}

test('embedded-registry: users, faults, and a file that is there the second time', async () => {
  const lines = await printed(() => import('../examples/embedded-registry.ts'));
  expect(lines).toEqual(['hello.txt: broken', 'hello.txt: hi\n']);
});

test('multi-platform: an index is made and changed, and what nothing needs is removed', async () => {
  const lines = await printed(() => import('../examples/multi-platform.ts'));
  expect(lines).toEqual(['riscv64 runs /app', '3 blobs with 998 bytes would be removed', 'the first index is gone']);
});
