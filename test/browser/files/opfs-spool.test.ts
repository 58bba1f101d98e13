import { HandleStorage } from 'oras-js/browser';
import { describe, expect, test, vi } from 'vitest';
import { opfsSpool } from '../../../src/browser/files/opfs-spool.ts';
import { spoolCases } from '../../contracts/spool.ts';
import { itemsOf, streamOfTexts } from '../../support/content.ts';
import { namesBelow, ownRoot } from './opfs.ts';

const root = await ownRoot();

async function spooled(): Promise<string[]> {
  return (await namesBelow(root)).filter((name) => /^\.oras-js-[0-9a-f]{24}\.spool/.test(name));
}

describe('opfsSpool', () => {
  // First: only the first one of a page looks for what others left.
  test('removes what a closed page left, and not what an open one has', async () => {
    const [left, held] = ['0', '1'].map((digit) => `.oras-js-${digit.repeat(24)}.spool`) as [string, string];
    for (const name of [left, held]) await root.getFileHandle(name, { create: true });
    let close = (): void => {};
    await new Promise<void>((resolve) => {
      const open = (): Promise<void> =>
        new Promise((release) => {
          close = release;
          resolve();
        });
      void navigator.locks.request(`oras-js:used:${held}`, open);
    });
    const { dispose } = await opfsSpool(streamOfTexts('hello'));
    const names = await spooled();
    expect(names).not.toContain(left);
    expect(names).toContain(held);
    close();
    await dispose();
    await root.removeEntry(held);
  });

  test.for(spoolCases)('$name', ({ run }) => run(opfsSpool, async () => (await spooled()).length));

  test('is a file of the disk, which no storage shows', async () => {
    const { content, dispose } = await opfsSpool(streamOfTexts('hello'));
    expect(content).toBeInstanceOf(File);
    const shown = (await itemsOf(new HandleStorage(root).list())).map(({ path }) => path);
    expect(shown.filter((path) => path.endsWith('.spool'))).toEqual([]);
    expect(await spooled()).toHaveLength(1);
    await dispose();
  });

  test('is memory where there is no file system', async () => {
    vi.spyOn(navigator.storage, 'getDirectory').mockRejectedValue(new DOMException('private', 'SecurityError'));
    const { content, dispose } = await opfsSpool(streamOfTexts('hello'));
    expect(await content.text()).toBe('hello');
    expect(await spooled()).toEqual([]);
    await dispose();
  });
});
