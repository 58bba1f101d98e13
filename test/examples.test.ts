import { expect, test, vi } from 'vitest';

test('embedded-registry: users, faults, and a file that is there the second time', async () => {
  const lines: string[] = [];
  const log = vi.spyOn(console, 'log').mockImplementation((...values) => void lines.push(values.join(' ')));
  try {
    await import('../examples/embedded-registry.ts');
  } finally {
    log.mockRestore();
  }
  expect(lines).toEqual(['hello.txt: broken', 'hello.txt: hi\n']);
});
